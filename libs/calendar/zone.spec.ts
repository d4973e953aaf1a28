import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HOUR_MS, MINUTE_MS, formatInstant } from '../instant/instant.js';
import { parseLocalDate } from './local-date.js';
import { Zone, canonicalZone, readZoneName, tzNames } from './zone.js';

/** Local milliseconds: the wall clock time, encoded as if it were UTC. */
const local = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

const toUtc = (zone: string, localText: string): string =>
  formatInstant(Zone.get(zone).toUtcMs(local(localText))).replace(':00.000Z', 'Z');

/** [zone, local, UTC] */
type Reading = [zone: string, localText: string, utc: string];

describe('a local time that occurs once', () => {
  it.each<Reading>([
    ['UTC', '2023-01-23 09:00', '2023-01-23T09:00Z'],
    ['America/Chicago', '2023-01-23 09:00', '2023-01-23T15:00Z'], // CST, -6
    ['America/Chicago', '2023-07-03 09:00', '2023-07-03T14:00Z'], // CDT, -5
    ['Asia/Kathmandu', '2023-01-23 09:00', '2023-01-23T03:15Z'], // +5:45
    ['America/St_Johns', '2023-01-23 09:00', '2023-01-23T12:30Z'], // -3:30
    ['Pacific/Kiritimati', '2023-01-23 09:00', '2023-01-22T19:00Z'], // +14
    ['Etc/GMT+12', '2023-01-23 09:00', '2023-01-23T21:00Z'], // -12, whatever its name says
    // The first and the last minute on both sides of a change.
    ['America/Chicago', '2023-03-12 01:59', '2023-03-12T07:59Z'],
    ['America/Chicago', '2023-03-12 03:00', '2023-03-12T08:00Z'],
    ['America/Chicago', '2023-11-05 00:59', '2023-11-05T05:59Z'],
    ['America/Chicago', '2023-11-05 02:00', '2023-11-05T08:00Z'],
  ])('%s: %s is %s', (zone, localText, utc) => {
    expect(toUtc(zone, localText)).toBe(utc);
  });
});

describe('a local time that is skipped is read with the offset in force before the gap', () => {
  it.each<Reading>([
    ['America/Chicago', '2023-03-12 02:00', '2023-03-12T08:00Z'], // at -6: the very instant of the change
    ['America/Chicago', '2023-03-12 02:30', '2023-03-12T08:30Z'], // at -6, when the clock shows 03:30
    ['America/Chicago', '2023-03-12 02:59', '2023-03-12T08:59Z'],
    ['America/St_Johns', '2023-03-12 02:30', '2023-03-12T06:00Z'], // at -3:30
    ['Europe/London', '2023-03-26 01:30', '2023-03-26T01:30Z'], // at 0
    ['Europe/Dublin', '2023-03-26 01:30', '2023-03-26T01:30Z'], // at 0, which its zone file calls the saving time
    ['Africa/Casablanca', '2023-04-23 02:30', '2023-04-23T02:30Z'], // at 0, after Ramadan
    ['Pacific/Auckland', '2023-09-24 02:30', '2023-09-23T14:30Z'], // at +12
    // Half an hour.
    ['Australia/Lord_Howe', '2023-10-01 02:15', '2023-09-30T15:45Z'], // at +10:30
    ['Australia/Lord_Howe', '2023-10-01 02:30', '2023-09-30T15:30Z'], // not skipped: +11
    // A quarter of an hour, when Nepal left +5:30.
    ['Asia/Kathmandu', '1986-01-01 00:05', '1985-12-31T18:35Z'],
    // The first hour of the day, including midnight.
    ['America/Havana', '2023-03-12 00:00', '2023-03-12T05:00Z'], // at -5
    ['America/Havana', '2023-03-12 00:30', '2023-03-12T05:30Z'],
    ['Asia/Beirut', '2022-03-27 00:00', '2022-03-26T22:00Z'], // at +2
    ['Asia/Beirut', '2022-03-27 00:30', '2022-03-26T22:30Z'],
    ['America/Santiago', '2023-09-03 00:30', '2023-09-03T04:30Z'], // at -4
    ['America/Sao_Paulo', '2018-11-04 00:30', '2018-11-04T03:30Z'], // at -3
    // A whole day: Samoa went from -10 to +14 and had no December 30.
    ['Pacific/Apia', '2011-12-30 00:00', '2011-12-30T10:00Z'],
    ['Pacific/Apia', '2011-12-30 12:00', '2011-12-30T22:00Z'],
    ['Pacific/Apia', '2011-12-31 12:00', '2011-12-30T22:00Z'], // not skipped: +14
    ['Pacific/Kwajalein', '1993-08-21 12:00', '1993-08-22T00:00Z'], // at -12
  ])('%s: %s is %s', (zone, localText, utc) => {
    expect(toUtc(zone, localText)).toBe(utc);
  });
});

describe('a local time that occurs twice means its first occurrence', () => {
  it.each<Reading>([
    ['America/Chicago', '2023-11-05 01:00', '2023-11-05T06:00Z'], // at -5, not 07:00Z at -6
    ['America/Chicago', '2023-11-05 01:30', '2023-11-05T06:30Z'],
    ['America/Chicago', '2023-11-05 01:59', '2023-11-05T06:59Z'],
    ['America/St_Johns', '2023-11-05 01:30', '2023-11-05T04:00Z'], // at -2:30
    ['Europe/London', '2023-10-29 01:30', '2023-10-29T00:30Z'], // at +1
    ['Europe/Dublin', '2023-10-29 01:30', '2023-10-29T00:30Z'],
    ['Africa/Casablanca', '2023-03-19 02:30', '2023-03-19T01:30Z'], // at +1, before Ramadan
    ['Pacific/Auckland', '2023-04-02 02:30', '2023-04-01T13:30Z'], // at +13
    ['Australia/Lord_Howe', '2023-04-02 01:45', '2023-04-01T14:45Z'], // at +11, not 15:15Z
    // Midnight and the half hour after it, twice on the same date.
    ['America/Havana', '2023-11-05 00:00', '2023-11-05T04:00Z'], // at -4
    ['America/Havana', '2023-11-05 00:30', '2023-11-05T04:30Z'],
    // The last hour of the previous day; midnight itself occurs once, after both.
    ['Asia/Beirut', '2022-10-29 23:30', '2022-10-29T20:30Z'], // at +3
    ['Asia/Beirut', '2022-10-30 00:00', '2022-10-29T22:00Z'], // at +2
    ['America/Santiago', '2023-04-01 23:30', '2023-04-02T02:30Z'], // at -3
    ['America/Sao_Paulo', '2019-02-16 23:30', '2019-02-17T01:30Z'], // at -2
  ])('%s: %s is %s', (zone, localText, utc) => {
    expect(toUtc(zone, localText)).toBe(utc);
  });
});

/** The wall clock time of a zone by Intl, in local milliseconds. */
function wallClock(zone: string): (utcMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (utcMs) => {
    const [month, day, year, hour, minute] = format.format(utcMs).split(/\D+/).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute);
  };
}

describe('agrees with a brute-force reading of RFC 5545, minute by minute around a change', () => {
  it.each([
    ['America/Chicago', '2023-03-12T08:00Z', 60],
    ['America/Chicago', '2023-11-05T07:00Z', -60],
    ['America/St_Johns', '2023-03-12T05:30Z', 60],
    ['America/St_Johns', '2023-11-05T04:30Z', -60],
    ['Europe/London', '2023-03-26T01:00Z', 60],
    ['Europe/London', '2023-10-29T01:00Z', -60],
    ['Europe/Dublin', '2023-10-29T01:00Z', -60],
    ['Africa/Casablanca', '2023-03-19T02:00Z', -60],
    ['Africa/Casablanca', '2023-04-23T02:00Z', 60],
    ['Asia/Beirut', '2022-03-26T22:00Z', 60],
    ['Asia/Beirut', '2022-10-29T21:00Z', -60],
    ['America/Havana', '2023-03-12T05:00Z', 60],
    ['America/Havana', '2023-11-05T05:00Z', -60],
    ['America/Santiago', '2023-04-02T03:00Z', -60],
    ['America/Santiago', '2023-09-03T04:00Z', 60],
    ['America/Sao_Paulo', '2018-11-04T03:00Z', 60],
    ['America/Sao_Paulo', '2019-02-17T02:00Z', -60],
    ['Australia/Lord_Howe', '2023-04-01T15:00Z', -30],
    ['Australia/Lord_Howe', '2023-09-30T15:30Z', 30],
    ['Pacific/Auckland', '2023-04-01T14:00Z', -60],
    ['Pacific/Auckland', '2023-09-23T14:00Z', 60],
    ['Asia/Kathmandu', '1985-12-31T18:30Z', 15],
    ['Pacific/Apia', '2011-12-30T10:00Z', 1440],
    ['Pacific/Kwajalein', '1993-08-21T12:00Z', 1440],
  ])('%s at %s, %i minutes', (zone, change, minutes) => {
    const clock = wallClock(zone);
    const changeMs = Date.parse(change);
    const offsetBefore = clock(changeMs - MINUTE_MS) - (changeMs - MINUTE_MS);
    const [stopsAt, goesOnAt] = [changeMs + offsetBefore, clock(changeMs)];
    expect((goesOnAt - stopsAt) / MINUTE_MS).toBe(minutes);

    const firstShown = new Map<number, number>();
    for (let utcMs = changeMs - 12 * HOUR_MS; utcMs < changeMs + 12 * HOUR_MS; utcMs += MINUTE_MS) {
      const shown = clock(utcMs);
      if (!firstShown.has(shown)) firstShown.set(shown, utcMs);
    }
    const wrong: string[] = [];
    const [fromMs, toMs] = [Math.min(stopsAt, goesOnAt) - 6 * HOUR_MS, Math.max(stopsAt, goesOnAt) + 6 * HOUR_MS];
    for (let localMs = fromMs; localMs < toMs; localMs += MINUTE_MS) {
      const expected = firstShown.get(localMs) ?? localMs - offsetBefore;
      const actual = Zone.get(zone).toUtcMs(localMs);
      if (actual !== expected) wrong.push(`${formatInstant(localMs)}: ${formatInstant(actual)}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('a local date that a zone skipped', () => {
  it.each([
    ['Pacific/Apia', '2011-12-30'],
    ['Pacific/Fakaofo', '2011-12-30'],
    ['Pacific/Kwajalein', '1993-08-21'],
  ])('is found: %s, %s, and neither the date before nor the date after', (name, text) => {
    const date = parseLocalDate(text)!;
    expect([date - 1, date, date + 1].map((of) => Zone.get(name).skips(of))).toEqual([false, true, false]);
  });

  it.each([
    ['America/Havana', '2023-03-12'], // without a midnight
    ['America/Havana', '2023-11-05'], // with two
    ['Asia/Beirut', '2022-03-27'],
    ['America/Chicago', '2023-03-12'],
    ['UTC', '2023-03-12'],
  ])('is none where a part of it is there: %s, %s', (name, text) => {
    expect(Zone.get(name).skips(parseLocalDate(text)!)).toBe(false);
  });
});

describe('UTC to local', () => {
  const ZONES = ['America/Chicago', 'America/Havana', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia'];
  const anyInstant = fc.integer({ min: Date.parse('2000-01-01'), max: Date.parse('2037-12-31') });

  it('supports offsets that are not whole hours, and historical local mean times to the second', () => {
    expect(Zone.get('Asia/Kathmandu').offsetMs(Date.parse('2023-01-23T00:00Z'))).toBe(5 * HOUR_MS + 45 * MINUTE_MS);
    // Liberia was 44 minutes and 30 seconds behind until 1972.
    expect(Zone.get('Africa/Monrovia').offsetMs(Date.parse('1971-01-01T00:00Z'))).toBe(-44.5 * MINUTE_MS);
  });

  it('shows the same minute as Intl', () => {
    const clocks = new Map(ZONES.map((zone) => [zone, wallClock(zone)]));
    fc.assert(
      fc.property(fc.constantFrom(...clocks), anyInstant, ([zone, clock], utcMs) => {
        expect(Zone.get(zone).toLocalMs(utcMs)).toBe(clock(utcMs) + (utcMs % MINUTE_MS));
      }),
    );
  });

  it('and back is the same instant, or the earlier one with the same local time', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), anyInstant, (name, utcMs) => {
        const zone = Zone.get(name);
        const back = zone.toUtcMs(zone.toLocalMs(utcMs));
        expect(back).toBeLessThanOrEqual(utcMs);
        expect(zone.toLocalMs(back)).toBe(zone.toLocalMs(utcMs));
      }),
    );
  });
});

describe('the name of a zone', () => {
  it.each([
    ['America/Chicago', 'America/Chicago'],
    ['Asia/Calcutta', 'Asia/Calcutta'], // a link stays as it is written
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['US/Central', 'US/Central'],
    ['America/Indiana/Indianapolis', 'America/Indiana/Indianapolis'],
    ['UTC', 'UTC'],
    ['EST', 'EST'],
    ['Etc/GMT+12', 'Etc/GMT+12'],
    ['america/new_york', 'America/New_York'],
    ['AMERICA/PORT-AU-PRINCE', 'America/Port-au-Prince'],
    ['\u00a0 Europe/London \u202f\ufeff', 'Europe/London'],
    ['Central Standard Time', 'America/Chicago'],
    ['GMT Standard Time', 'Europe/London'],
    ['india standard time', 'Asia/Kolkata'],
  ])('%j is %s', (text, name) => expect(readZoneName(text)).toEqual({ value: name }));

  it.each([
    ['BST', 'is an abbreviation, not a name of the tz database; write Europe/London or Asia/Dhaka'],
    ['nst', 'is an abbreviation, not a name of the tz database; write America/St_Johns'],
    ['CST', 'is an abbreviation, not a name of the tz database; write America/Chicago or Asia/Shanghai'],
    ['+05:30', 'is a UTC offset, which does not follow daylight saving time; write a zone such as America/New_York'],
    ['GMT+5', 'is a UTC offset, which does not follow daylight saving time; write a zone such as America/New_York'],
    ...['', ' ', 'Z', 'Mars/Phobos', 'Chicago', 'Factory', 'ACT', 'PRT', 'constructor', '__proto__', 7, null].map(
      (value): [unknown, string] => [value, 'is not a zone of the tz database; write one such as America/New_York'],
    ),
  ])('is not %j', (value, problem) => {
    expect(readZoneName(value)).toEqual({ problem: `${JSON.stringify(value)} ${problem}` });
  });

  it('suggests names that can be parsed', () => {
    for (const abbreviation of ['AST', 'BST', 'CST', 'IST', 'NST', 'PST']) {
      const read = readZoneName(abbreviation);
      const [, meant] = /write (.*)$/.exec('problem' in read ? read.problem : '')!;
      for (const name of meant.split(/, | or /)) expect(readZoneName(name)).toEqual({ value: name });
    }
  });

  it('is in the list, which has all links and no names that only the runtime knows', () => {
    const names = tzNames();
    expect(names.length).toBeGreaterThan(550);
    expect(names).toEqual([...new Set(names)].sort());
    for (const name of ['America/New_York', 'US/Central', 'Asia/Kolkata', 'Asia/Calcutta', 'UTC', 'GMT', 'EST5EDT']) {
      expect(names).toContain(name);
    }
    for (const name of ['BST', 'NST', 'Factory']) expect(names).not.toContain(name);
    for (const name of names) expect(readZoneName(name)).toEqual({ value: name });
    // If the runtime has a zone that the list does not, regenerate tz-names.ts with write-tz-names.mjs.
    expect(Intl.supportedValuesOf('timeZone').filter((name) => !names.includes(name))).toEqual([]);
  });

  it('has one canonical form for all names of a zone', () => {
    expect(['Asia/Calcutta', 'Asia/Kolkata'].map(canonicalZone)).toEqual(['Asia/Kolkata', 'Asia/Kolkata']);
    expect(['US/Central', 'America/Chicago', 'america/chicago'].map(canonicalZone)).toEqual(
      Array.from({ length: 3 }, () => 'America/Chicago'),
    );
    expect(['GMT', 'Etc/UTC', 'Zulu'].map(canonicalZone)).toEqual(['Etc/UTC', 'Etc/UTC', 'Etc/UTC']);
    // Different before 1980: the current tz database keeps only one of the two.
    expect(canonicalZone('Europe/Stockholm')).toBe('Europe/Stockholm');
    for (const name of tzNames()) expect(canonicalZone(canonicalZone(name))).toBe(canonicalZone(name));
  });

  it('returns the same Zone for repeated calls', () => {
    expect(Zone.get('America/Chicago')).toBe(Zone.get('America/Chicago'));
    expect(Zone.get('America/Chicago').name).toBe('America/Chicago');
  });

  it('may be known only to the runtime: such names in a database still work', () => {
    expect(Zone.get('BST').offsetMs(0)).toBe(6 * HOUR_MS); // Dhaka
    for (const name of ['', '+05:30', 'Z', 'Mars/Phobos']) expect(() => Zone.get(name)).toThrow(RangeError);
  });
});
