/** CSS pixels that a character takes at most, and that stay free beside the label. */
const CHARACTER = 7;
const PAD = 10;

const form = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', ...options });
const [weekday, withDay, withMonth] = [form({}), form({ day: 'numeric' }), form({ day: 'numeric', month: 'short' })];

/**
 * `Thu 26 Nov UTC`, or as much of it as there is room for; empty: for none of it. The zone goes before the weekday does: a day
 * that is cut stands beside whole ones, which name it.
 * @param room CSS pixels
 */
export function dayLabel(ms: number, room: number): string {
  const forms = [`${withMonth.format(ms)} UTC`, `${withDay.format(ms)} UTC`, withDay.format(ms), weekday.format(ms)];
  return forms.find(({ length }) => length * CHARACTER + PAD <= room) ?? '';
}
