import { describe, expect, it } from '@jest/globals';
import { parseDate } from './local-time.js';
import { type Parts, type ReferenceInput, referenceParts, referenceReport } from './reference.js';

// Every expected figure is worked out by hand. 2023-01-23 is a Monday, so that the 28th is a Saturday. 2026-03-08 and
// 2026-11-01 are Sundays.
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const HALF_HOUR_MS = HOUR_MS / 2;
const [MONDAY, TUESDAY, WEDNESDAY, SATURDAY, SUNDAY] = [0, 1, 2, 5, 6];
const WHOLE_WEEK = [0, 1, 2, 3, 4, 5, 6];

type HoursOfA = [dayOfWeek: number, start: string, end: string];
type SpecialOfA = [date: string, start: string | null, end: string | null];
type LifeOfA = [openedOn: string | null, closedOn: string | null];
type PollOfA = [instant: string, status: 'active' | 'inactive'];
type Stretch = [start: string, end: string];

/** The input of a single store, `a`. Without hours it is open 24x7. */
function storeA(
  rows: { hours?: HoursOfA[]; special?: SpecialOfA[]; lives?: LifeOfA[]; polls?: PollOfA[] },
  timezone = 'UTC',
): ReferenceInput {
  const { hours = [], special = [], lives = [], polls = [] } = rows;
  return {
    polls: polls.map(([instant, status]) => ({ storeId: 'a', active: status === 'active', at: Date.parse(instant) })),
    hours: hours.map(([dayOfWeek, start, end]) => ({ storeId: 'a', dayOfWeek, start, end })),
    zones: [{ storeId: 'a', timezone }],
    special: special.map(([date, start, end]) => ({ storeId: 'a', date, start, end })),
    lives: lives.map(([openedOn, closedOn]) => ({ storeId: 'a', openedOn, closedOn })),
  };
}

/** The stretches of `[from, to)` in which store `a` is open, found half hour by half hour. */
function openStretches(input: ReferenceInput, from: string, to: string): Stretch[] {
  const stretches: Stretch[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += HALF_HOUR_MS) {
    const { open } = referenceParts(input, 'a', at, at + HALF_HOUR_MS);
    expect([0, HALF_HOUR_MS]).toContain(open);
    if (open === 0) continue;
    const [start, end] = [at, at + HALF_HOUR_MS].map((ms) => `${new Date(ms).toISOString().slice(0, 16)}Z`);
    const last = stretches.at(-1);
    if (last?.[1] === start) last[1] = end;
    else stretches.push([start, end]);
  }
  return stretches;
}

/** The parts of store `a` in minutes, without those that are zero. */
function minutes(input: ReferenceInput, from: string, to: string): Partial<Parts> {
  const parts = referenceParts(input, 'a', Date.parse(from), Date.parse(to));
  return Object.fromEntries(
    Object.entries(parts)
      .filter(([, ms]) => ms !== 0)
      .map(([name, ms]) => [name, ms / MINUTE_MS]),
  );
}

describe('special hours', () => {
  const nineToFive = [MONDAY, TUESDAY, WEDNESDAY].map((day): HoursOfA => [day, '09:00', '17:00']);
  const monday: Stretch = ['2023-01-23T09:00Z', '2023-01-23T17:00Z'];
  const wednesday: Stretch = ['2023-01-25T09:00Z', '2023-01-25T17:00Z'];

  it.each<[string, SpecialOfA[], Stretch[]]>([
    ['close a date', [['2023-01-24', null, null]], []],
    [
      'replace all of its openings',
      [
        ['2023-01-24', '18:00', '20:00'],
        ['2023-01-24', '12:00', '14:00'],
      ],
      [
        ['2023-01-24T12:00Z', '2023-01-24T14:00Z'],
        ['2023-01-24T18:00Z', '2023-01-24T20:00Z'],
      ],
    ],
    [
      'win over a closed row before them',
      [
        ['2023-01-24', null, null],
        ['2023-01-24', '12:00', '14:00'],
      ],
      [['2023-01-24T12:00Z', '2023-01-24T14:00Z']],
    ],
    [
      'win over a closed row after them',
      [
        ['2023-01-24', '12:00', '14:00'],
        ['2023-01-24', null, null],
      ],
      [['2023-01-24T12:00Z', '2023-01-24T14:00Z']],
    ],
    [
      'are a set',
      [
        ['2023-01-24', '12:00', '14:00'],
        ['2023-01-24', '13:00', '15:00'],
        ['2023-01-24', '12:00', '14:00'],
      ],
      [['2023-01-24T12:00Z', '2023-01-24T15:00Z']],
    ],
    [
      'end at midnight when they end at 23:59',
      [['2023-01-24', '22:00', '23:59']],
      [['2023-01-24T22:00Z', '2023-01-25T00:00Z']],
    ],
    ['run into the next date', [['2023-01-24', '22:00', '01:30']], [['2023-01-24T22:00Z', '2023-01-25T01:30Z']]],
    [
      'are a whole day from 00:00 to 00:00',
      [['2023-01-24', '00:00', '00:00']],
      [['2023-01-24T00:00Z', '2023-01-25T00:00Z']],
    ],
  ])('%s', (_, special, tuesday) => {
    const input = storeA({ hours: nineToFive, special });
    expect(openStretches(input, '2023-01-23T00:00Z', '2023-01-26T00:00Z')).toEqual([monday, ...tuesday, wednesday]);
  });

  it('open a date whose weekday has no hours, in that week only', () => {
    const input = storeA({ hours: nineToFive, special: [['2023-01-28', '10:00', '12:00']] });
    expect(openStretches(input, '2023-01-26T00:00Z', '2023-01-30T00:00Z')).toEqual([
      ['2023-01-28T10:00Z', '2023-01-28T12:00Z'],
    ]);
    expect(openStretches(input, '2023-02-02T00:00Z', '2023-02-06T00:00Z')).toEqual([]);
  });

  const weekend: HoursOfA[] = [
    [SATURDAY, '22:00', '02:00'],
    [SUNDAY, '10:00', '18:00'],
  ];

  it('leave the night before a closed date alone', () => {
    const input = storeA({ hours: weekend, special: [['2023-01-29', null, null]] });
    expect(openStretches(input, '2023-01-28T00:00Z', '2023-01-30T00:00Z')).toEqual([
      ['2023-01-28T22:00Z', '2023-01-29T02:00Z'],
    ]);
  });

  it('take away the night of a closed date with its part after midnight', () => {
    const input = storeA({ hours: weekend, special: [['2023-01-28', null, null]] });
    expect(openStretches(input, '2023-01-28T00:00Z', '2023-01-30T00:00Z')).toEqual([
      ['2023-01-29T10:00Z', '2023-01-29T18:00Z'],
    ]);
  });

  it('run over midnight without replacing the next date', () => {
    const input = storeA({ hours: weekend, special: [['2023-01-28', '20:00', '03:00']] });
    expect(openStretches(input, '2023-01-28T00:00Z', '2023-01-30T00:00Z')).toEqual([
      ['2023-01-28T20:00Z', '2023-01-29T03:00Z'],
      ['2023-01-29T10:00Z', '2023-01-29T18:00Z'],
    ]);
  });

  it('run over midnight into a date with special hours of its own', () => {
    const special: SpecialOfA[] = [
      ['2023-01-28', '20:00', '03:00'],
      ['2023-01-29', '01:00', '04:00'],
    ];
    expect(openStretches(storeA({ hours: weekend, special }), '2023-01-28T00:00Z', '2023-01-30T00:00Z')).toEqual([
      ['2023-01-28T20:00Z', '2023-01-29T04:00Z'],
    ]);
  });

  it('are of the local date', () => {
    // Tokyo is +9: the 24th is from the 23rd 15:00Z to the 24th 15:00Z, and its 12:00-14:00 is 03:00-05:00Z.
    const input = storeA({ special: [['2023-01-24', '12:00', '14:00']] }, 'Asia/Tokyo');
    expect(openStretches(input, '2023-01-23T00:00Z', '2023-01-25T00:00Z')).toEqual([
      ['2023-01-23T00:00Z', '2023-01-23T15:00Z'],
      ['2023-01-24T03:00Z', '2023-01-24T05:00Z'],
      ['2023-01-24T15:00Z', '2023-01-25T00:00Z'],
    ]);
  });

  it('are refused with a start or an end only, and on a date that does not exist', () => {
    for (const special of [
      ['2023-01-24', '09:00', null],
      ['2023-01-24', null, '17:00'],
      ['2023-02-29', null, null],
    ] satisfies SpecialOfA[]) {
      expect(() => openStretches(storeA({ special: [special] }), '2023-01-24T00:00Z', '2023-01-25T00:00Z')).toThrow(
        RangeError,
      );
    }
  });
});

describe('special hours of a store that is open 24x7', () => {
  it.each<[string, SpecialOfA[], Stretch[]]>([
    [
      'closed',
      [['2023-01-24', null, null]],
      [
        ['2023-01-23T00:00Z', '2023-01-24T00:00Z'],
        ['2023-01-25T00:00Z', '2023-01-26T00:00Z'],
      ],
    ],
    [
      'closed but for two hours',
      [['2023-01-24', '10:00', '12:00']],
      [
        ['2023-01-23T00:00Z', '2023-01-24T00:00Z'],
        ['2023-01-24T10:00Z', '2023-01-24T12:00Z'],
        ['2023-01-25T00:00Z', '2023-01-26T00:00Z'],
      ],
    ],
    [
      'into the next date, which is open anyway',
      [['2023-01-24', '22:00', '02:00']],
      [
        ['2023-01-23T00:00Z', '2023-01-24T00:00Z'],
        ['2023-01-24T22:00Z', '2023-01-26T00:00Z'],
      ],
    ],
    [
      'into the next date, which is closed',
      [
        ['2023-01-24', '22:00', '02:00'],
        ['2023-01-25', null, null],
      ],
      [
        ['2023-01-23T00:00Z', '2023-01-24T00:00Z'],
        ['2023-01-24T22:00Z', '2023-01-25T02:00Z'],
      ],
    ],
  ])('%s', (_, special, expected) => {
    expect(openStretches(storeA({ special }), '2023-01-23T00:00Z', '2023-01-26T00:00Z')).toEqual(expected);
  });

  it('have no effect weeks away', () => {
    // The week of 168 hours, from Friday 2023-02-10; the poll of the 9th is evidence to its end, if its age allows.
    const input = storeA({ special: [['2023-01-24', null, null]], polls: [['2023-02-09T23:00Z', 'active']] });
    const patient = { ...input, pollValidForMs: 720 * HOUR_MS };
    expect(minutes(patient, '2023-02-10T00:00Z', '2023-02-17T00:00Z')).toEqual({ open: 10_080, up: 10_080 });
  });
});

describe('special hours on a night when the clocks of Chicago change', () => {
  it.each<[string, { hours?: HoursOfA[]; special: SpecialOfA[] }, from: string, to: string, Stretch[]]>([
    [
      '2026-03-08 closed has 23 hours, 06:00Z to 05:00Z',
      { special: [['2026-03-08', null, null]] },
      '2026-03-08T00:00Z',
      '2026-03-10T00:00Z',
      [
        ['2026-03-08T00:00Z', '2026-03-08T06:00Z'],
        ['2026-03-09T05:00Z', '2026-03-10T00:00Z'],
      ],
    ],
    [
      '2026-11-01 closed has 25 hours, 05:00Z to 06:00Z',
      { special: [['2026-11-01', null, null]] },
      '2026-11-01T00:00Z',
      '2026-11-03T00:00Z',
      [
        ['2026-11-01T00:00Z', '2026-11-01T05:00Z'],
        ['2026-11-02T06:00Z', '2026-11-03T00:00Z'],
      ],
    ],
    [
      'end skipped: 01:30 and 02:30 at -6',
      { hours: [[SUNDAY, '00:00', '24:00']], special: [['2026-03-08', '01:30', '02:30']] },
      '2026-03-08T00:00Z',
      '2026-03-10T00:00Z',
      [['2026-03-08T07:30Z', '2026-03-08T08:30Z']],
    ],
    [
      'empty, and the weekly hours still do not count: 02:30 at -6 is 08:30Z, 03:00 at -5 is 08:00Z',
      { hours: [[SUNDAY, '00:00', '24:00']], special: [['2026-03-08', '02:30', '03:00']] },
      '2026-03-08T00:00Z',
      '2026-03-10T00:00Z',
      [],
    ],
    [
      'start twice: 01:30 first at -5, 02:30 at -6',
      { hours: [[SUNDAY, '00:00', '24:00']], special: [['2026-11-01', '01:30', '02:30']] },
      '2026-11-01T00:00Z',
      '2026-11-03T00:00Z',
      [['2026-11-01T06:30Z', '2026-11-01T08:30Z']],
    ],
    [
      'overnight into a closed 2026-11-01: 22:00 at -5 to 02:00 at -6 is five hours',
      {
        hours: [[SUNDAY, '00:00', '24:00']],
        special: [
          ['2026-10-31', '22:00', '02:00'],
          ['2026-11-01', null, null],
        ],
      },
      '2026-10-31T00:00Z',
      '2026-11-03T00:00Z',
      [['2026-11-01T03:00Z', '2026-11-01T08:00Z']],
    ],
  ])('%s', (_, rows, from, to, expected) => {
    expect(openStretches(storeA(rows, 'America/Chicago'), from, to)).toEqual(expected);
  });
});

describe("a store's life", () => {
  const nineToFive = WHOLE_WEEK.map((day): HoursOfA => [day, '09:00', '17:00']);
  const nights = WHOLE_WEEK.map((day): HoursOfA => [day, '22:00', '02:00']);

  it.each<[string, HoursOfA[], LifeOfA, Stretch[]]>([
    [
      'opened mid-week',
      nineToFive,
      ['2023-01-25', null],
      [
        ['2023-01-25T09:00Z', '2023-01-25T17:00Z'],
        ['2023-01-26T09:00Z', '2023-01-26T17:00Z'],
      ],
    ],
    [
      'opened mid-week, without the night of the day before',
      nights,
      ['2023-01-26', null],
      [['2023-01-26T22:00Z', '2023-01-27T00:00Z']],
    ],
    ['closed mid-week', nineToFive, [null, '2023-01-23'], [['2023-01-23T09:00Z', '2023-01-23T17:00Z']]],
    [
      'closed mid-week, with all of the last night',
      nights,
      [null, '2023-01-23'],
      [
        ['2023-01-23T00:00Z', '2023-01-23T02:00Z'],
        ['2023-01-23T22:00Z', '2023-01-24T02:00Z'],
      ],
    ],
    ['a single day', nights, ['2023-01-24', '2023-01-24'], [['2023-01-24T22:00Z', '2023-01-25T02:00Z']]],
    ['closed before it opened', nineToFive, ['2023-01-25', '2023-01-24'], []],
    ['24x7', [], ['2023-01-24', '2023-01-25'], [['2023-01-24T00:00Z', '2023-01-26T00:00Z']]],
    ['24x7, opened', [], ['2023-01-24', null], [['2023-01-24T00:00Z', '2023-01-27T00:00Z']]],
    ['24x7, closed', [], [null, '2023-01-24'], [['2023-01-23T00:00Z', '2023-01-25T00:00Z']]],
    ['24x7 without an end or a beginning', [], [null, null], [['2023-01-23T00:00Z', '2023-01-27T00:00Z']]],
  ])('%s', (_, hours, life, expected) => {
    const input = storeA({ hours, lives: [life] });
    expect(openStretches(input, '2023-01-23T00:00Z', '2023-01-27T00:00Z')).toEqual(expected);
  });

  it('is of local dates', () => {
    // Chicago is -6 in January.
    const input = storeA({ lives: [['2023-01-24', '2023-01-24']] }, 'America/Chicago');
    expect(openStretches(input, '2023-01-23T00:00Z', '2023-01-27T00:00Z')).toEqual([
      ['2023-01-24T06:00Z', '2023-01-25T06:00Z'],
    ]);
  });

  it.each<[string, LifeOfA[], Stretch[]]>([
    [
      'takes the last row of a store',
      [
        [null, '2023-01-20'],
        ['2023-01-24', null],
      ],
      [['2023-01-24T00:00Z', '2023-01-25T00:00Z']],
    ],
    [
      'takes the last row as a whole',
      [
        ['2023-01-24', '2023-01-24'],
        [null, null],
      ],
      [['2023-01-23T00:00Z', '2023-01-25T00:00Z']],
    ],
  ])('%s', (_, lives, expected) => {
    expect(openStretches(storeA({ lives }), '2023-01-23T00:00Z', '2023-01-25T00:00Z')).toEqual(expected);
  });

  it('holds for special hours too, the last of them to their end', () => {
    const special: SpecialOfA[] = [
      ['2023-01-23', '20:00', '03:00'],
      ['2023-01-25', '20:00', '03:00'],
      ['2023-01-26', '20:00', '03:00'],
    ];
    const input = storeA({ hours: nineToFive, special, lives: [['2023-01-24', '2023-01-25']] });
    expect(openStretches(input, '2023-01-23T00:00Z', '2023-01-28T00:00Z')).toEqual([
      ['2023-01-24T09:00Z', '2023-01-24T17:00Z'],
      ['2023-01-25T20:00Z', '2023-01-26T03:00Z'],
    ]);
  });
});

describe('observed and carried', () => {
  const patient = (input: ReferenceInput) => ({ ...input, pollValidForMs: 720 * HOUR_MS });

  it('a poll from before a closed date is carried after it, however patient', () => {
    // Open 24x7 but for the 24th: up from 22:00 to midnight; carried from the 25th 00:00 to 03:00.
    const polls: PollOfA[] = [['2023-01-23T22:00Z', 'active']];
    const input = patient(storeA({ special: [['2023-01-24', null, null]], polls }));
    const expected = { open: 300, up: 120, carriedUp: 180 };
    expect(minutes(input, '2023-01-23T22:00Z', '2023-01-25T03:00Z')).toEqual(expected);
    expect(minutes(input, '2023-01-25T02:00Z', '2023-01-25T03:00Z')).toEqual({ open: 60, carriedUp: 60 });
    const never = patient(storeA({ polls })); // 29 hours
    expect(minutes(never, '2023-01-23T22:00Z', '2023-01-25T03:00Z')).toEqual({ open: 1740, up: 1740 });
  });

  it('a fresh poll is carried over an hour that special hours cut out', () => {
    // Up 09:30-10:00, closed to 11:00, carried up to the poll of 11:30. That is good for three hours: down to 14:30,
    // carried down to 16:00.
    const input = storeA({
      special: [
        ['2023-01-24', '00:00', '10:00'],
        ['2023-01-24', '11:00', '24:00'],
      ],
      polls: [
        ['2023-01-24T09:30Z', 'active'],
        ['2023-01-24T11:30Z', 'inactive'],
      ],
    });
    const expected = { open: 330, up: 30, carriedUp: 30, down: 180, carriedDown: 90 };
    expect(minutes(input, '2023-01-24T09:30Z', '2023-01-24T16:00Z')).toEqual(expected);
  });

  it.each<[string, { hours?: HoursOfA[]; special: SpecialOfA[] }]>([
    ['24x7 around special hours of the whole day', { special: [['2023-01-24', '00:00', '23:59:59']] }],
    [
      'special hours that end where the weekly ones start',
      { hours: [[TUESDAY, '00:00', '06:00']], special: [['2023-01-23', '18:00', '23:59']] },
    ],
    [
      'weekly hours that end where the special ones start',
      { hours: [[MONDAY, '18:00', '24:00']], special: [['2023-01-24', '00:00', '06:00']] },
    ],
  ])('%s are one opening', (_, rows) => {
    // The poll of Monday 23:00 is good until 02:00.
    const input = storeA({ ...rows, polls: [['2023-01-23T23:00Z', 'active']] });
    const expected = { open: 240, up: 180, carriedUp: 60 };
    expect(minutes(input, '2023-01-23T23:00Z', '2023-01-24T03:00Z')).toEqual(expected);
  });

  it("a poll from before a store's first opening is carried into it", () => {
    const polls: PollOfA[] = [
      ['2023-01-23T23:30Z', 'active'],
      ['2023-01-24T01:00Z', 'inactive'],
    ];
    const input = storeA({ lives: [['2023-01-24', null]], polls });
    const expected = { open: 120, carriedUp: 60, down: 60 };
    expect(minutes(input, '2023-01-23T00:00Z', '2023-01-24T02:00Z')).toEqual(expected);
  });

  it("has nothing after a store's last opening", () => {
    const input = storeA({ lives: [[null, '2023-01-23']], polls: [['2023-01-23T23:30Z', 'inactive']] });
    expect(minutes(input, '2023-01-23T23:00Z', '2023-01-25T00:00Z')).toEqual({ open: 60, unknown: 30, down: 30 });
  });
});

describe('known stores', () => {
  it('are also those that only special hours or a life name, open 24x7 in Chicago', () => {
    // As-of is Chicago's midnight after the 24th. The 24th was closed for b; it was the last day of d, and c never was.
    const input: ReferenceInput = {
      polls: [],
      hours: [],
      zones: [{ storeId: 'a', timezone: 'UTC' }],
      special: [{ storeId: 'b', date: '2023-01-24', start: null, end: null }],
      lives: [
        { storeId: 'd', openedOn: '2023-01-24', closedOn: '2023-01-24' },
        { storeId: 'c', openedOn: null, closedOn: '2000-01-01' },
      ],
    };
    const openHours = referenceReport(input, Date.parse('2023-01-25T06:00Z')).map(
      ({ storeId, lastHour, lastDay, lastWeek }) => [
        storeId,
        ...[lastHour, lastDay, lastWeek].map(({ open }) => open / HOUR_MS),
      ],
    );
    expect(openHours).toEqual([
      ['a', 1, 24, 168],
      ['b', 0, 0, 144],
      ['c', 0, 0, 0],
      ['d', 1, 24, 24],
    ]);
  });

  it('have the special hours and the life of no other store', () => {
    const input = storeA({ special: [['2023-01-24', null, null]], lives: [[null, '2023-01-24']] });
    expect(referenceParts(input, 'b', Date.parse('2023-01-24T06:00Z'), Date.parse('2023-01-26T06:00Z'))).toMatchObject({
      open: 48 * HOUR_MS,
    });
  });
});

describe('parseDate', () => {
  it('is the midnight of the date', () => {
    expect(parseDate('1970-01-02')).toBe(86_400_000);
    expect(parseDate('2024-02-29')).toBe(Date.UTC(2024, 1, 29));
  });

  it.each(['', '2023-1-2', '2023-02-29', '2023-02-30', '2023-13-01', '2023-01-24T00:00', '20230124'])(
    'refuses %j',
    (text) => {
      expect(() => parseDate(text)).toThrow(RangeError);
    },
  );
});
