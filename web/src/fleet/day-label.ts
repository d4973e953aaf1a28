/** CSS pixels: the widest character, and the padding of a label. */
const CHARACTER = 7;
const PAD = 10;

const form = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', ...options });
const [weekday, withDay, withMonth] = [form({}), form({ day: 'numeric' }), form({ day: 'numeric', month: 'short' })];

/**
 * `Thu 26 Nov UTC`, or the longest shorter form that fits; empty if none does. The zone goes first, because the full days beside
 * a partial one name it.
 * @param room CSS pixels
 */
export function dayLabel(ms: number, room: number): string {
  const forms = [`${withMonth.format(ms)} UTC`, `${withDay.format(ms)} UTC`, withDay.format(ms), weekday.format(ms)];
  return forms.find(({ length }) => length * CHARACTER + PAD <= room) ?? '';
}
