import { describe, expect, it } from '@jest/globals';
import type { ReferenceInput } from './facts.js';
import { referenceParts, referenceReport } from './reference.js';
import {
  type HoursOfA,
  type SpecialOfA,
  type LifeOfA,
  type PollOfA,
  type Segment,
  storeA,
  openSegments,
  minutes,
  MONDAY,
  TUESDAY,
  WHOLE_WEEK,
} from './store-a.js';

// Every expected figure is worked out by hand. 2023-01-23 is a Monday and the 28th a Saturday. 2026-03-08 and
// 2026-11-01 are Sundays.
const HOUR_MS = 3_600_000;

describe("a store's life", () => {
  const nineToFive = WHOLE_WEEK.map((day): HoursOfA => [day, '09:00', '17:00']);
  const nights = WHOLE_WEEK.map((day): HoursOfA => [day, '22:00', '02:00']);

  it.each<[string, HoursOfA[], LifeOfA, Segment[]]>([
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
      'opened mid-week, without the night that began the day before',
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
    ['24x7 without a first or a last date', [], [null, null], [['2023-01-23T00:00Z', '2023-01-27T00:00Z']]],
  ])('%s', (_, hours, life, expected) => {
    const input = storeA({ hours, lives: [life] });
    expect(openSegments(input, '2023-01-23T00:00Z', '2023-01-27T00:00Z')).toEqual(expected);
  });

  it('uses local dates', () => {
    // Chicago is -6 in January.
    const input = storeA({ lives: [['2023-01-24', '2023-01-24']] }, 'America/Chicago');
    expect(openSegments(input, '2023-01-23T00:00Z', '2023-01-27T00:00Z')).toEqual([
      ['2023-01-24T06:00Z', '2023-01-25T06:00Z'],
    ]);
  });

  it.each<[string, LifeOfA[], Segment[]]>([
    [
      'uses the last row of a store',
      [
        [null, '2023-01-20'],
        ['2023-01-24', null],
      ],
      [['2023-01-24T00:00Z', '2023-01-25T00:00Z']],
    ],
    [
      'uses all of the last row',
      [
        ['2023-01-24', '2023-01-24'],
        [null, null],
      ],
      [['2023-01-23T00:00Z', '2023-01-25T00:00Z']],
    ],
  ])('%s', (_, lives, expected) => {
    expect(openSegments(storeA({ lives }), '2023-01-23T00:00Z', '2023-01-25T00:00Z')).toEqual(expected);
  });

  it('limits special hours too, and the last of them continue to their end', () => {
    const special: SpecialOfA[] = [
      ['2023-01-23', '20:00', '03:00'],
      ['2023-01-25', '20:00', '03:00'],
      ['2023-01-26', '20:00', '03:00'],
    ];
    const input = storeA({ hours: nineToFive, special, lives: [['2023-01-24', '2023-01-25']] });
    expect(openSegments(input, '2023-01-23T00:00Z', '2023-01-28T00:00Z')).toEqual([
      ['2023-01-24T09:00Z', '2023-01-24T17:00Z'],
      ['2023-01-25T20:00Z', '2023-01-26T03:00Z'],
    ]);
  });
});

describe('observed and carried', () => {
  const patient = (input: ReferenceInput) => ({ ...input, pollValidForMs: 720 * HOUR_MS });

  it('a poll from before a closed date is carried after it, whatever the age limit', () => {
    // Open 24x7 except on the 24th: up from 22:00 to midnight; carried from 00:00 to 03:00 on the 25th.
    const polls: PollOfA[] = [['2023-01-23T22:00Z', 'active']];
    const input = patient(storeA({ special: [['2023-01-24', null, null]], polls }));
    const expected = { open: 300, up: 120, carriedUp: 180 };
    expect(minutes(input, '2023-01-23T22:00Z', '2023-01-25T03:00Z')).toEqual(expected);
    expect(minutes(input, '2023-01-25T02:00Z', '2023-01-25T03:00Z')).toEqual({ open: 60, carriedUp: 60 });
    const never = patient(storeA({ polls })); // 29 hours
    expect(minutes(never, '2023-01-23T22:00Z', '2023-01-25T03:00Z')).toEqual({ open: 1740, up: 1740 });
  });

  it('a recent poll is carried across an hour closed by special hours', () => {
    // Up 09:30-10:00, closed to 11:00, carried up to the poll of 11:30. That poll is valid for three hours: down to
    // 14:30, carried down to 16:00.
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
  ])('%s make one opening', (_, rows) => {
    // The poll of Monday 23:00 is valid until 02:00.
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

  it("nothing counts after a store's last opening", () => {
    const input = storeA({ lives: [[null, '2023-01-23']], polls: [['2023-01-23T23:30Z', 'inactive']] });
    expect(minutes(input, '2023-01-23T23:00Z', '2023-01-25T00:00Z')).toEqual({ open: 60, unknown: 30, down: 30 });
  });
});

describe('known stores', () => {
  it('include stores with only special hours or a life; these are open 24x7 in Chicago', () => {
    // As-of is midnight in Chicago after the 24th. The 24th was closed for b and the last day of d; c never opened.
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

  it('do not get the special hours or the life of another store', () => {
    const input = storeA({ special: [['2023-01-24', null, null]], lives: [[null, '2023-01-24']] });
    expect(referenceParts(input, 'b', Date.parse('2023-01-24T06:00Z'), Date.parse('2023-01-26T06:00Z'))).toMatchObject({
      open: 48 * HOUR_MS,
    });
  });
});
