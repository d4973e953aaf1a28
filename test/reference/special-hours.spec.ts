import { describe, expect, it } from '@jest/globals';
import {
  type HoursOfA,
  type SpecialOfA,
  type Segment,
  storeA,
  openSegments,
  minutes,
  MONDAY,
  TUESDAY,
  WEDNESDAY,
  SATURDAY,
  SUNDAY,
} from './store-a.js';

// Every expected figure is worked out by hand. 2023-01-23 is a Monday and the 28th a Saturday. 2026-03-08 and
// 2026-11-01 are Sundays.
const HOUR_MS = 3_600_000;

describe('special hours', () => {
  const nineToFive = [MONDAY, TUESDAY, WEDNESDAY].map((day): HoursOfA => [day, '09:00', '17:00']);
  const monday: Segment = ['2023-01-23T09:00Z', '2023-01-23T17:00Z'];
  const wednesday: Segment = ['2023-01-25T09:00Z', '2023-01-25T17:00Z'];

  it.each<[string, SpecialOfA[], Segment[]]>([
    ['close a date', [['2023-01-24', null, null]], []],
    [
      'replace all weekly openings',
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
      'take precedence over a closed row before them',
      [
        ['2023-01-24', null, null],
        ['2023-01-24', '12:00', '14:00'],
      ],
      [['2023-01-24T12:00Z', '2023-01-24T14:00Z']],
    ],
    [
      'take precedence over a closed row after them',
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
    ['continue into the next date', [['2023-01-24', '22:00', '01:30']], [['2023-01-24T22:00Z', '2023-01-25T01:30Z']]],
    [
      'are a whole day from 00:00 to 00:00',
      [['2023-01-24', '00:00', '00:00']],
      [['2023-01-24T00:00Z', '2023-01-25T00:00Z']],
    ],
  ])('%s', (_, special, tuesday) => {
    const input = storeA({ hours: nineToFive, special });
    expect(openSegments(input, '2023-01-23T00:00Z', '2023-01-26T00:00Z')).toEqual([monday, ...tuesday, wednesday]);
  });

  it('open a date whose weekday has no hours, in that week only', () => {
    const input = storeA({ hours: nineToFive, special: [['2023-01-28', '10:00', '12:00']] });
    expect(openSegments(input, '2023-01-26T00:00Z', '2023-01-30T00:00Z')).toEqual([
      ['2023-01-28T10:00Z', '2023-01-28T12:00Z'],
    ]);
    expect(openSegments(input, '2023-02-02T00:00Z', '2023-02-06T00:00Z')).toEqual([]);
  });

  const weekend: HoursOfA[] = [
    [SATURDAY, '22:00', '02:00'],
    [SUNDAY, '10:00', '18:00'],
  ];

  it('do not affect the night before a closed date', () => {
    const input = storeA({ hours: weekend, special: [['2023-01-29', null, null]] });
    expect(openSegments(input, '2023-01-28T00:00Z', '2023-01-30T00:00Z')).toEqual([
      ['2023-01-28T22:00Z', '2023-01-29T02:00Z'],
    ]);
  });

  it('remove the night of a closed date, including its part after midnight', () => {
    const input = storeA({ hours: weekend, special: [['2023-01-28', null, null]] });
    expect(openSegments(input, '2023-01-28T00:00Z', '2023-01-30T00:00Z')).toEqual([
      ['2023-01-29T10:00Z', '2023-01-29T18:00Z'],
    ]);
  });

  it('continue past midnight without replacing the next date', () => {
    const input = storeA({ hours: weekend, special: [['2023-01-28', '20:00', '03:00']] });
    expect(openSegments(input, '2023-01-28T00:00Z', '2023-01-30T00:00Z')).toEqual([
      ['2023-01-28T20:00Z', '2023-01-29T03:00Z'],
      ['2023-01-29T10:00Z', '2023-01-29T18:00Z'],
    ]);
  });

  it('continue past midnight into a date with its own special hours', () => {
    const special: SpecialOfA[] = [
      ['2023-01-28', '20:00', '03:00'],
      ['2023-01-29', '01:00', '04:00'],
    ];
    expect(openSegments(storeA({ hours: weekend, special }), '2023-01-28T00:00Z', '2023-01-30T00:00Z')).toEqual([
      ['2023-01-28T20:00Z', '2023-01-29T04:00Z'],
    ]);
  });

  it('apply to the local date', () => {
    // Tokyo is +9: the 24th is from the 23rd 15:00Z to the 24th 15:00Z, and its 12:00-14:00 is 03:00-05:00Z.
    const input = storeA({ special: [['2023-01-24', '12:00', '14:00']] }, 'Asia/Tokyo');
    expect(openSegments(input, '2023-01-23T00:00Z', '2023-01-25T00:00Z')).toEqual([
      ['2023-01-23T00:00Z', '2023-01-23T15:00Z'],
      ['2023-01-24T03:00Z', '2023-01-24T05:00Z'],
      ['2023-01-24T15:00Z', '2023-01-25T00:00Z'],
    ]);
  });

  it('are rejected with only a start or only an end, and on a date that does not exist', () => {
    for (const special of [
      ['2023-01-24', '09:00', null],
      ['2023-01-24', null, '17:00'],
      ['2023-02-29', null, null],
    ] satisfies SpecialOfA[]) {
      expect(() => openSegments(storeA({ special: [special] }), '2023-01-24T00:00Z', '2023-01-25T00:00Z')).toThrow(
        RangeError,
      );
    }
  });
});

describe('special hours of a store that is open 24x7', () => {
  it.each<[string, SpecialOfA[], Segment[]]>([
    [
      'closed',
      [['2023-01-24', null, null]],
      [
        ['2023-01-23T00:00Z', '2023-01-24T00:00Z'],
        ['2023-01-25T00:00Z', '2023-01-26T00:00Z'],
      ],
    ],
    [
      'closed except for two hours',
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
    expect(openSegments(storeA({ special }), '2023-01-23T00:00Z', '2023-01-26T00:00Z')).toEqual(expected);
  });

  it('have no effect weeks away', () => {
    // The week of 168 hours from Friday 2023-02-10. The poll of the 9th is evidence until its end, if the age limit
    // allows.
    const input = storeA({ special: [['2023-01-24', null, null]], polls: [['2023-02-09T23:00Z', 'active']] });
    const patient = { ...input, pollValidForMs: 720 * HOUR_MS };
    expect(minutes(patient, '2023-02-10T00:00Z', '2023-02-17T00:00Z')).toEqual({ open: 10_080, up: 10_080 });
  });
});

describe('special hours in a night with a DST change in Chicago', () => {
  it.each<[string, { hours?: HoursOfA[]; special: SpecialOfA[] }, from: string, to: string, Segment[]]>([
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
    expect(openSegments(storeA(rows, 'America/Chicago'), from, to)).toEqual(expected);
  });
});
