import { describe, expect, it } from '@jest/globals';
import { Temporal } from 'temporal-polyfill';
import { DAY_MS, HOUR_MS, MINUTE_MS, formatInstant } from '../instant/instant.js';
import type { Interval } from '../intervals/intervals.js';
import { openIntervals } from './calendar.js';
import { Zone } from './zone.js';

/*
 * Checks ten years of every zone against Temporal, which finds changes and resolves local times independently. Local
 * times are local milliseconds, as in Zone.
 */
const [FROM_MS, TO_MS] = [Date.parse('2018-01-01T00:00Z'), Date.parse('2028-01-01T00:00Z')];

/** The runtime lists one name per zone, not always the current one (Asia/Calcutta). Stores may have either. */
const OTHER_NAMES =
  `Africa/Asmara America/Buenos_Aires America/Argentina/Buenos_Aires America/Indianapolis America/Indiana/Indianapolis
  America/Nuuk Asia/Calcutta Asia/Kolkata Asia/Katmandu Asia/Kathmandu Asia/Saigon Asia/Ho_Chi_Minh Asia/Yangon
  Atlantic/Faroe Australia/ACT Australia/LHI Brazil/East CET CST6CDT Canada/Newfoundland Chile/EasterIsland Cuba EST
  Egypt Eire Etc/GMT+12 Etc/GMT-14 Etc/UTC Europe/Kiev Europe/Kyiv GB GMT Iran Israel Japan MST7MDT Mexico/BajaNorte
  NZ NZ-CHAT Pacific/Kanton US/Alaska US/Arizona US/Central US/Eastern US/Hawaii US/Mountain US/Pacific UTC`.split(
    /\s+/,
  );

/** A change of a zone's offset. */
interface Change {
  readonly atMs: number;
  readonly offsetBeforeMs: number;
  readonly offsetAfterMs: number;
}

const zoned = (zone: string, utcMs: number): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(utcMs).toZonedDateTimeISO(zone);

const offsetMs = (zone: string, utcMs: number): number => zoned(zone, utcMs).offsetNanoseconds / 1e6;

/** The change at an instant, or a change of zero if there is none. */
const changeAt = (zone: string, atMs: number): Change => ({
  atMs,
  offsetBeforeMs: offsetMs(zone, atMs - 1),
  offsetAfterMs: offsetMs(zone, atMs),
});

function changesOf(zone: string): Change[] {
  const changes: Change[] = [];
  let next = zoned(zone, FROM_MS).getTimeZoneTransition('next');
  for (; next && next.epochMilliseconds < TO_MS; next = next.getTimeZoneTransition('next')) {
    changes.push(changeAt(zone, next.epochMilliseconds));
  }
  return changes;
}

const ZONES = [...new Set([...Intl.supportedValuesOf('timeZone'), ...OTHER_NAMES])].sort();
const CHANGES = new Map(ZONES.map((zone) => [zone, changesOf(zone)]));
/** A zone's changes, and one ordinary instant: half of the zones have no change in these years. */
const momentsOf = (zone: string): Change[] => [...CHANGES.get(zone)!, changeAt(zone, Date.parse('2023-01-23T12:00Z'))];

const byRegion = (zones: readonly string[]): [region: string, zones: string[]][] => [
  ...Map.groupBy(zones, (zone) => (zone.includes('/') ? zone.split('/')[0] : 'zones of no region')),
];
const REGIONS = byRegion(ZONES);
/** One zone per distinct history of these ten years, for checks that would take too long with all zones. */
const DISTINCT = [...Map.groupBy(ZONES, (zone) => JSON.stringify(momentsOf(zone))).values()].map(([zone]) => zone);

/** One opening on one date, as a row of business hours describes it. */
interface Opening {
  readonly dateMs: number; // the local midnight
  readonly startMs: number;
  readonly endMs: number;
}

const dateOf = (localMs: number): number => Math.floor(localMs / DAY_MS) * DAY_MS;

/** The earlier and the later edge of the local times that a change skips or repeats. */
function edgesOf({ atMs, offsetBeforeMs, offsetAfterMs }: Change): [firstMs: number, lastMs: number] {
  return [atMs + Math.min(offsetBeforeMs, offsetAfterMs), atMs + Math.max(offsetBeforeMs, offsetAfterMs)];
}

/** Openings between all pairs of relevant times: before, across, inside and after a change, and overnight into it. */
function openingsAround(change: Change): Opening[] {
  const [firstMs, lastMs] = edgesOf(change);
  const insideMs = Math.floor((firstMs + lastMs) / 2 / MINUTE_MS) * MINUTE_MS;
  const times = [firstMs - MINUTE_MS, firstMs, insideMs, lastMs - MINUTE_MS, lastMs];
  times.push(firstMs - 100 * MINUTE_MS, lastMs + 100 * MINUTE_MS);
  const openings: Opening[] = [{ dateMs: dateOf(firstMs), startMs: 0, endMs: DAY_MS }];
  for (const time of times) {
    const [dateMs, startMs] = [dateOf(time), time - dateOf(time)];
    for (const end of times) {
      const endMs = end - dateOf(end);
      openings.push({ dateMs, startMs, endMs }); // ends on the next date if the end is not later than the start
      if (endMs <= startMs) openings.push({ dateMs: dateMs - DAY_MS, startMs, endMs });
    }
    openings.push({ dateMs, startMs, endMs: DAY_MS - MINUTE_MS }, { dateMs, startMs: 0, endMs: startMs });
  }
  return openings;
}

/** Temporal's resolution of local times in a zone. Cached, because many openings need each time. */
function temporalClock(zone: string): (localMs: number) => number {
  const known = new Map<number, number>();
  return (localMs) => {
    let utcMs = known.get(localMs);
    if (utcMs === undefined) {
      const date = new Date(localMs);
      const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
      const local = new Temporal.PlainDateTime(year, month, day, date.getUTCHours(), date.getUTCMinutes());
      utcMs = local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
      known.set(localMs, utcMs);
    }
    return utcMs;
  };
}

function expectedOpening({ dateMs, startMs, endMs }: Opening, toUtcMs: (localMs: number) => number): Interval[] {
  const isUntilMidnight = endMs >= 1439 * MINUTE_MS;
  const endDateMs = isUntilMidnight || endMs <= startMs ? dateMs + DAY_MS : dateMs;
  const interval = { startMs: toUtcMs(dateMs + startMs), endMs: toUtcMs(endDateMs + (isUntilMidnight ? 0 : endMs)) };
  return interval.endMs > interval.startMs ? [interval] : [];
}

function actualOpening(zone: string, { dateMs, startMs, endMs }: Opening): Interval[] {
  const weekly = [{ dayOfWeek: (new Date(dateMs).getUTCDay() + 6) % 7, startMs, endMs }];
  // Wide enough for the whole opening in any zone, but too narrow for openings of the adjacent weeks.
  return openIntervals({ zone, weekly }, dateMs - DAY_MS, dateMs + 3 * DAY_MS);
}

const localText = (localMs: number): string => formatInstant(localMs).slice(0, 16).replace('T', ' ');
const openingText = ({ dateMs, startMs, endMs }: Opening): string =>
  `${localText(dateMs + startMs)} to ${endMs === DAY_MS ? '24:00' : localText(endMs).slice(11)}`;
const intervalsText = (intervals: readonly Interval[]): string =>
  intervals.map((i) => `${formatInstant(i.startMs)}/${formatInstant(i.endMs)}`).join(' ') || 'nothing';

const isSame = (a: readonly Interval[], b: readonly Interval[]): boolean =>
  a.length === b.length && a.every((i, n) => i.startMs === b[n].startMs && i.endMs === b[n].endMs);

const SHOWN = 20; // of thousands of mistakes

describe('every zone of the runtime, at every change of its clocks from 2018 to 2027', () => {
  it('is tested', () => {
    expect(ZONES.length).toBeGreaterThan(400);
    const changes = [...CHANGES.values()].flat();
    expect(changes.length).toBeGreaterThan(2_000);
    expect(changes.filter((c) => c.offsetAfterMs > c.offsetBeforeMs).length).toBeGreaterThan(1_000);
    expect(changes.filter((c) => c.offsetAfterMs < c.offsetBeforeMs).length).toBeGreaterThan(1_000);
    expect(DISTINCT.length).toBeGreaterThan(60);
    // Times in whole minutes then hit every edge.
    expect(changes.filter((c) => edgesOf(c).some((edge) => edge % MINUTE_MS !== 0))).toEqual([]);
  });

  it.each(REGIONS)('%s: Temporal finds all changes that Intl shows', (_region, zones) => {
    const wrong: string[] = [];
    const fields = { day: 'numeric', hour: 'numeric', minute: 'numeric', hourCycle: 'h23' } as const;
    const utc = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...fields });
    for (const zone of zones) {
      const clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, ...fields });
      const check = (utcMs: number, offset: number): void => {
        if (clock.format(utcMs) !== utc.format(utcMs + offset)) wrong.push(`${zone}, ${formatInstant(utcMs)}`);
      };
      let nextMs = FROM_MS;
      for (const { atMs, offsetBeforeMs, offsetAfterMs } of [...CHANGES.get(zone)!, changeAt(zone, TO_MS)]) {
        for (; nextMs < atMs; nextMs += 3 * DAY_MS) check(nextMs, offsetBeforeMs);
        check(atMs - MINUTE_MS, offsetBeforeMs);
        check(atMs, offsetAfterMs);
      }
    }
    expect(wrong.slice(0, SHOWN)).toEqual([]);
  });

  it.each(REGIONS)('%s: openings match Temporal', (_region, zones) => {
    const wrong: string[] = [];
    let tested = 0;
    for (const zone of zones) {
      const toUtcMs = temporalClock(zone);
      for (const moment of momentsOf(zone)) {
        for (const opening of openingsAround(moment)) {
          const [expected, actual] = [expectedOpening(opening, toUtcMs), actualOpening(zone, opening)];
          tested++;
          if (isSame(actual, expected)) continue;
          const where = `${zone}, change at ${formatInstant(moment.atMs)}, open ${openingText(opening)}`;
          wrong.push(`${where}: expected ${intervalsText(expected)}, is ${intervalsText(actual)}`);
        }
      }
    }
    expect(wrong.slice(0, SHOWN)).toEqual([]);
    expect(tested).toBeGreaterThan(80 * zones.length);
  });

  it.each(byRegion(DISTINCT))('%s: local times match Temporal every 5 minutes', (_region, zones) => {
    const wrong: string[] = [];
    for (const zone of zones) {
      const toUtcMs = temporalClock(zone);
      for (const moment of momentsOf(zone)) {
        const [firstMs, lastMs] = edgesOf(moment);
        for (let localMs = firstMs - HOUR_MS; localMs <= lastMs + HOUR_MS; localMs += 5 * MINUTE_MS) {
          const [expected, actual] = [toUtcMs(localMs), Zone.get(zone).toUtcMs(localMs)];
          if (actual === expected) continue;
          wrong.push(
            `${zone}, ${localText(localMs)}: expected ${formatInstant(expected)}, is ${formatInstant(actual)}`,
          );
        }
      }
    }
    expect(wrong.slice(0, SHOWN)).toEqual([]);
  });
});
