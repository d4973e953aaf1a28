const formats = new Map<string, Intl.DateTimeFormat>();

/** `Tue 3 Nov, 14:05 UTC`, of another year `Tue 4 Nov 2025, 14:05 GMT-6`: an instant in a time zone, which is always named. */
export const inZone = (instant: string | number, zone = 'UTC'): string => format(instant, zone, true);

/** The same without the zone: only where a heading beside it names the zone. */
export const inNamedZone = (instant: string | number, zone: string): string => format(instant, zone, false);

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
