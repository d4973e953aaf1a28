const NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** Part of every error about a day of the week. */
export const DAY_OF_WEEK_FORM = 'a day from 0 (Monday) to 6 (Sunday), or an English name such as Monday or Mon';

/** Parses `0` to `6` (also `0.0`) or an English name, full or three letters. 0 is Monday. Undefined if invalid. */
export function parseDayOfWeek(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim().toLowerCase();
  if (/^[0-6](?:\.0+)?$/.test(text)) return Number(text);
  const day = NAMES.findIndex((name) => name === text || name.slice(0, 3) === text);
  return day === -1 ? undefined : day;
}

/** Whether a day is 7. It is invalid if 0 is Monday, and means that the source numbers all its days differently. */
export const isDaySeven = (value: unknown): boolean =>
  (typeof value === 'string' || typeof value === 'number') && /^7(?:\.0+)?$/.test(String(value).trim());
