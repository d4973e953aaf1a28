const formats = new Map<string, Intl.DateTimeFormat>();

/** An instant with its zone: `Tue 3 Nov, 14:05 UTC`. Adds the year unless it is the current one: `Tue 4 Nov 2025, 14:05 GMT-6`. */
export const formatTime = (instant: string | number, zone = 'UTC'): string => format(instant, zone, true);

/** An instant without its zone. Use it only under a heading that names the zone. */
export const formatTimeWithoutZone = (instant: string | number, zone: string): string => format(instant, zone, false);

function format(instant: string | number, zone: string, isNamed: boolean): string {
  const date = new Date(instant);
  const hasYear = date.getUTCFullYear() !== new Date().getUTCFullYear();
  const key = `${zone} ${isNamed} ${hasYear}`;
  let form = formats.get(key);
  if (!form) {
    form = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      ...(hasYear && { year: 'numeric' }),
      ...(isNamed && { timeZoneName: 'short' }),
    });
    formats.set(key, form);
  }
  return form.format(date);
}
