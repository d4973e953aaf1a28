const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** `3 h 20 min`, `12 min`, `40 s`: rounded for reading. Figures to compare with a report use its units. */
export function formatDuration(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.round(ms / 1_000)} s`;
  const minutes = Math.round(ms / MINUTE_MS);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `${rest} min`;
  const whole = hours.toLocaleString('en');
  return rest === 0 || hours >= 100 ? `${whole} h` : `${whole} h ${rest} min`;
}

/** As in the CSV: two decimals, rounded half up from whole milliseconds. */
export const inHours = (ms: number): string => twoDecimals(ms, HOUR_MS);
export const inMinutes = (ms: number): string => twoDecimals(ms, MINUTE_MS);

function twoDecimals(ms: number, unitMs: number): string {
  const hundredths = Math.floor((ms * 200 + unitMs) / (2 * unitMs));
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
}

/** `97.4%`; a dash if `whole` is 0. Only exact values become 0.0% or 100.0%. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const tenths = Math.round((part / whole) * 1_000);
  const clamped = part === whole || part === 0 ? tenths : Math.min(999, Math.max(1, tenths));
  return `${(clamped / 10).toFixed(1)}%`;
}

/** `1:01:00`, or `0:00:01.250` with milliseconds: the format of `storewatch explain`. */
export function hms(ms: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.floor(ms / 1_000);
  const rest = ms % 1_000 === 0 ? '' : `.${String(ms % 1_000).padStart(3, '0')}`;
  return `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${rest}`;
}
