import { describe, expect, it } from '@jest/globals';
import { referenceCsv } from './reference-csv.js';
import type { ReferenceInput } from './facts.js';
import { type Parts, type ReferenceRow, referenceParts, referenceReport } from './reference.js';

// Every expected figure is worked out by hand beside its scenario. 2023-01-23 is a Monday.
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const NOTHING: Parts = { open: 0, up: 0, down: 0, carriedUp: 0, carriedDown: 0, unknown: 0 };
const [MONDAY, TUESDAY, THURSDAY] = [0, 1, 3];
const WHOLE_WEEK = [0, 1, 2, 3, 4, 5, 6];

type HoursOfA = [dayOfWeek: number, start: string, end: string];
type PollOfA = [instant: string, status: 'active' | 'inactive'];

/** The input for a single store, `a`. Its zone is UTC by default; `null` is no timezone row. */
function storeA(hours: HoursOfA[], polls: PollOfA[] = [], timezone: string | null = 'UTC'): ReferenceInput {
  return {
    polls: polls.map(([instant, status]) => ({ storeId: 'a', active: status === 'active', at: Date.parse(instant) })),
    hours: hours.map(([dayOfWeek, start, end]) => ({ storeId: 'a', dayOfWeek, start, end })),
    zones: timezone === null ? [] : [{ storeId: 'a', timezone }],
  };
}

/** The breakdown of store `a` in minutes, without the parts that are zero. */
function minutes(input: ReferenceInput, from: string, to: string): Partial<Parts> {
  const parts = referenceParts(input, 'a', Date.parse(from), Date.parse(to));
  return Object.fromEntries(
    Object.entries(parts)
      .filter(([, ms]) => ms !== 0)
      .map(([name, ms]) => [name, ms / MINUTE_MS]),
  );
}

/** A row that is up for `ms` in each window. */
function rowUp(storeId: string, ms: number): ReferenceRow {
  const parts = { ...NOTHING, open: ms, up: ms };
  return { storeId, lastHour: parts, lastDay: parts, lastWeek: parts };
}

describe('status between polls', () => {
  const example = storeA(
    [[MONDAY, '09:00', '12:00']],
    [
      ['2023-01-23T11:15Z', 'inactive'],
      ['2023-01-23T08:47Z', 'inactive'],
      ['2023-01-23T10:14Z', 'active'],
    ],
  );

  it('splits the morning of docs/numbers.md', () => {
    // 09:00-10:14 carried from 08:47, before the opening; 10:14-11:15 up; 11:15-12:00 down.
    const expected = { open: 180, carriedDown: 74, up: 61, down: 45 };
    expect(minutes(example, '2023-01-23T00:00Z', '2023-01-24T00:00Z')).toEqual(expected);
  });

  it('prints the example in both bases', () => {
    // Last hour 11:00-12:00: up 15, down 45. Day and week: 61 min = 1.0166 h, 119 min = 1.9833 h, 45 min = 0.75 h. The
    // week starts at last Monday's 12:00, so that Monday's opening is outside it.
    const rows = referenceReport(example, Date.parse('2023-01-23T12:00Z'));
    expect(referenceCsv(rows, 'all').split('\n')[1]).toBe('a,15.00,1.02,1.02,45.00,1.98,1.98');
    expect(referenceCsv(rows, 'observed').split('\n')[1]).toBe('a,15.00,1.02,1.02,45.00,0.75,0.75');
  });

  it('is unknown before the first poll, which counts as downtime only with basis all', () => {
    // Open 24x7, first poll at 11:50, as-of 12:00: 50 minutes unknown, 10 up.
    const input = storeA([], [['2023-01-23T11:50Z', 'active']]);
    expect(minutes(input, '2023-01-23T11:00Z', '2023-01-23T12:00Z')).toEqual({ open: 60, unknown: 50, up: 10 });
    const rows = referenceReport(input, Date.parse('2023-01-23T12:00Z'));
    // 23 h 50 min = 23.8333 h, 167 h 50 min = 167.8333 h, 10 min = 0.1666 h.
    expect(referenceCsv(rows, 'all')).toContain('\na,10.00,0.17,0.17,50.00,23.83,167.83\n');
    expect(referenceCsv(rows, 'observed')).toContain('\na,10.00,0.17,0.17,0.00,0.00,0.00\n');
  });

  it('is observed until exactly three hours after the poll', () => {
    const input = storeA([], [['2023-01-23T00:00Z', 'inactive']]);
    const expiry = Date.parse('2023-01-23T03:00Z');
    expect(referenceParts(input, 'a', expiry - 1, expiry + 1)).toEqual({
      ...NOTHING,
      open: 2,
      down: 1,
      carriedDown: 1,
    });
  });

  it('uses the age limit of the input', () => {
    const input = { ...storeA([], [['2023-01-23T00:00Z', 'active']]), pollValidForMs: HOUR_MS };
    const expected = { open: 240, up: 60, carriedUp: 180 };
    expect(minutes(input, '2023-01-23T00:00Z', '2023-01-23T04:00Z')).toEqual(expected);
  });

  it('carries a recent poll from another opening', () => {
    // 09:30-10:00 up. Open again at 10:30, when the poll is an hour old but from the earlier opening.
    const hours: HoursOfA[] = [
      [MONDAY, '09:00', '10:00'],
      [MONDAY, '10:30', '11:00'],
    ];
    const input = storeA(hours, [['2023-01-23T09:30Z', 'active']]);
    const expected = { open: 90, unknown: 30, up: 30, carriedUp: 30 };
    expect(minutes(input, '2023-01-23T00:00Z', '2023-01-24T00:00Z')).toEqual(expected);
  });

  it('counts a poll at the first instant of an opening as inside it', () => {
    const input = storeA([[MONDAY, '09:00', '10:00']], [['2023-01-23T09:00Z', 'active']]);
    expect(minutes(input, '2023-01-23T00:00Z', '2023-01-24T00:00Z')).toEqual({ open: 60, up: 60 });
  });

  it('uses inactive when two polls of one instant disagree, in either order', () => {
    const active: PollOfA = ['2023-01-23T00:00Z', 'active'];
    const inactive: PollOfA = ['2023-01-23T00:00Z', 'inactive'];
    for (const polls of [
      [active, inactive],
      [inactive, active],
      [active, inactive, active],
    ]) {
      expect(minutes(storeA([], polls), '2023-01-23T00:00Z', '2023-01-23T01:00Z')).toEqual({ open: 60, down: 60 });
    }
  });

  it('ignores polls at or after the as-of', () => {
    const input = storeA([], [['2023-01-23T01:00Z', 'active']]);
    expect(minutes(input, '2023-01-23T00:00Z', '2023-01-23T01:00Z')).toEqual({ open: 60, unknown: 60 });
  });
});

describe('open time', () => {
  it.each<[string, HoursOfA[], number]>([
    ['until 2 AM is four hours', [[MONDAY, '22:00:00', '02:00:00']], 240],
    ['00:00 to 00:00 is the whole day', [[MONDAY, '00:00', '00:00']], 1440],
    ['23:59:59 is midnight', [[MONDAY, '22:00:00', '23:59:59']], 120],
    ['23:59 is midnight', [[MONDAY, '22:00', '23:59']], 120],
    ['24:00 is midnight', [[MONDAY, '00:00:00', '24:00:00']], 1440],
    ['23:58 is not midnight', [[MONDAY, '22:00', '23:58']], 118],
    ['23:59:00 to 23:59:30 is the minute until midnight', [[MONDAY, '23:59:00', '23:59:30']], 1],
    ['an end equal to the start is a day later', [[MONDAY, '10:00', '10:00']], 1440],
    [
      'overlapping and touching rows count once',
      [
        [MONDAY, '09:00', '11:00'],
        [MONDAY, '10:00', '12:00'],
        [MONDAY, '12:00', '13:00'],
      ],
      240,
    ],
    [
      'a row inside another adds nothing',
      [
        [MONDAY, '09:00', '17:00'],
        [MONDAY, '10:00', '11:00'],
      ],
      480,
    ],
    ['a weekday without rows is closed', [[THURSDAY, '09:00', '17:00']], 0],
    ['no rows at all is 24x7', [], 2880],
  ])('%s', (_, hours, open) => {
    // The two days from Monday 00:00.
    expect(minutes(storeA(hours), '2023-01-23T00:00Z', '2023-01-25T00:00Z').open ?? 0).toBe(open);
  });

  it('merges a night that is written as two rows', () => {
    // One opening, Monday 22:00 to Tuesday 02:00. Unknown to 22:30, up to 01:30 when the poll is three hours old.
    const hours: HoursOfA[] = [
      [TUESDAY, '00:00:00', '02:00:00'],
      [MONDAY, '22:00:00', '23:59:59'],
    ];
    const input = storeA(hours, [['2023-01-23T22:30Z', 'active']]);
    const expected = { open: 240, unknown: 30, up: 180, carriedUp: 30 };
    expect(minutes(input, '2023-01-23T00:00Z', '2023-01-25T00:00Z')).toEqual(expected);
  });

  it.each<[string, HoursOfA[]]>([
    ['without rows', []],
    ['by rows that touch', WHOLE_WEEK.map((day): HoursOfA => [day, '00:00:00', '23:59:59'])],
  ])('is one endless opening for a store open 24x7 %s', (_, hours) => {
    // The poll of Sunday 23:00 is evidence for Monday too, until 02:00, wherever the window starts.
    const input = storeA(hours, [['2023-01-22T23:00Z', 'active']]);
    const expected = { open: 180, up: 120, carriedUp: 60 };
    expect(minutes(input, '2023-01-23T00:00Z', '2023-01-23T03:00Z')).toEqual(expected);
    const patient = { ...input, pollValidForMs: 720 * HOUR_MS }; // and for weeks, if the age limit allows
    expect(minutes(patient, '2023-02-13T00:00Z', '2023-02-13T01:00Z')).toEqual({ open: 60, up: 60 });
  });

  it('is in America/Chicago for a store without a timezone', () => {
    // 09:00-10:00 CST (-6) is 15:00-16:00Z.
    const input = storeA([[MONDAY, '09:00', '10:00']], [], null);
    expect(minutes(input, '2023-01-23T15:00Z', '2023-01-23T16:00Z').open).toBe(60);
    expect(minutes(input, '2023-01-23T00:00Z', '2023-01-24T00:00Z').open).toBe(60);
  });

  it('uses the last timezone row of a store', () => {
    const input = storeA([[MONDAY, '09:00', '10:00']]);
    const zones = ['Asia/Tokyo', 'UTC'].map((timezone) => ({ storeId: 'a', timezone }));
    expect(minutes({ ...input, zones }, '2023-01-23T09:00Z', '2023-01-23T10:00Z').open).toBe(60);
  });
});

describe('windows', () => {
  // A poll every 50 minutes for nine days, with hours that overlap, touch, and cross midnight and a DST change.
  const hours = WHOLE_WEEK.flatMap((day): HoursOfA[] => [
    [day, '08:20', '14:45'],
    [day, '14:00', '15:10'],
    [day, '21:30', '23:59:59'],
    [day, '00:00', '02:30'],
  ]);
  const polls = Array.from({ length: 259 }, (_, index): PollOfA => {
    const at = Date.parse('2023-03-06T00:00Z') + index * 50 * MINUTE_MS;
    return [new Date(at).toISOString(), index % 3 === 0 ? 'inactive' : 'active'];
  });
  const input = storeA(hours, polls, 'America/Chicago');
  const asOf = Date.parse('2023-03-14T10:17:23.456Z');
  const hourly = Array.from({ length: 168 }, (_, hour) =>
    referenceParts(input, 'a', asOf - (hour + 1) * HOUR_MS, asOf - hour * HOUR_MS),
  );

  it('are the 1, 24 and 168 elapsed hours before the as-of', () => {
    const [row] = referenceReport(input, asOf);
    expect(row).toEqual({
      storeId: 'a',
      lastHour: referenceParts(input, 'a', asOf - HOUR_MS, asOf),
      lastDay: referenceParts(input, 'a', asOf - 24 * HOUR_MS, asOf),
      lastWeek: referenceParts(input, 'a', asOf - 168 * HOUR_MS, asOf),
    });
  });

  it('add up: the parts to the open time, the hours to the week', () => {
    for (const { open, up, down, carriedUp, carriedDown, unknown } of hourly) {
      expect(up + down + carriedUp + carriedDown + unknown).toBe(open);
    }
    const { lastWeek } = referenceReport(input, asOf)[0];
    expect(lastWeek.open).toBeGreaterThan(0);
    for (const name of ['open', 'up', 'down', 'carriedUp', 'carriedDown', 'unknown'] as const) {
      expect(hourly.reduce((total, parts) => total + parts[name], 0)).toBe(lastWeek[name]);
    }
  });

  it('are empty when they end at their start, and rejected when they end before it', () => {
    expect(referenceParts(input, 'a', asOf, asOf)).toEqual(NOTHING);
    expect(() => referenceParts(input, 'a', asOf + 1, asOf)).toThrow(RangeError);
  });
});

describe('the CSV', () => {
  it('has the seven columns, and only the header without stores', () => {
    expect(referenceCsv([], 'all')).toBe(
      'store_id,uptime_last_hour(in minutes),uptime_last_day(in hours),update_last_week(in hours),' +
        'downtime_last_hour(in minutes),downtime_last_day(in hours),downtime_last_week(in hours)\n',
    );
  });

  it.each([
    // 0.005 min is 300 ms and 0.005 h is 18 000 ms: half goes up, a millisecond less does not.
    [299, '0.00,0.00'],
    [300, '0.01,0.00'],
    [17_999, '0.30,0.00'],
    [18_000, '0.30,0.01'],
    // 1.005 h, which binary floating point holds as 1.00499.
    [3_618_000, '60.30,1.01'],
    [604_800_000, '10080.00,168.00'],
  ])('rounds %d ms half up to minutes and hours: %s', (ms, printed) => {
    expect(
      referenceCsv([rowUp('a', ms)], 'all')
        .split('\n')[1]
        .slice(2),
    ).toMatch(new RegExp(`^${printed},`));
  });

  it.each([
    ['-1489223398427541', '-1489223398427541'],
    ['-12.5', "'-12.5"],
    ['-1+1', "'-1+1"],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['@sum', "'@sum"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['a,b', '"a,b"'],
    ['a"b', '"a""b"'],
    ['a\nb', '"a\nb"'],
    ['=f("a",1)', '"\'=f(""a"",1)"'],
    ['a=b', 'a=b'],
  ])('writes the store id %j as %j', (storeId, cell) => {
    expect(referenceCsv([rowUp(storeId, 0)], 'all')).toContain(`\n${cell},0.00,0.00,0.00,0.00,0.00,0.00\n`);
  });

  it('has a row for every store of any file, in code-point order', () => {
    // U+FF5E comes before U+1F600, whose first UTF-16 unit is D83D.
    const input: ReferenceInput = {
      polls: [{ storeId: '\u{1F600}', active: true, at: 0 }],
      hours: [{ storeId: '\uFF5E', dayOfWeek: 0, start: '09:00', end: '10:00' }],
      zones: ['b', '10', '9', 'B'].map((storeId) => ({ storeId, timezone: 'UTC' })),
    };
    const ids = referenceReport(input, HOUR_MS).map(({ storeId }) => storeId);
    expect(ids).toEqual(['10', '9', 'B', 'b', '\uFF5E', '\u{1F600}']);
  });
});
