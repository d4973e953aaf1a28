import { describe, expect, it } from '@jest/globals';
import { referenceOutages, storeOutages } from './outages.js';
import {
  type HoursOfA,
  type PollOfA,
  type Outage,
  WEEKDAYS,
  ALWAYS,
  instant,
  storeA,
  outages,
} from './outages-of-a.js';
import type { ReferenceInput } from './facts.js';
import { indexStores } from './reference.js';

// Every expected figure is worked out by hand.
const HOUR_MS = 3_600_000;

describe('an outage', () => {
  it('lasts from the first inactive poll to the next active one', () => {
    const input = storeA(WEEKDAYS, [
      ['23T09:00', 'active'],
      ['23T12:00', 'active'],
      ['23T11:00', 'inactive'],
      ['23T10:00', 'inactive'],
      ['23T13:00', 'active'],
    ]);
    expect(outages(input, '24T00:00')).toEqual([
      { start: '23T10:00', end: '23T12:00', down: 120, carried: 0, firstPoll: '23T10:00', endPoll: '23T12:00' },
    ]);
  });

  it('has exact instants and milliseconds', () => {
    const input: ReferenceInput = {
      polls: [
        { storeId: 'a', active: false, at: instant('23T16:30') + 1 },
        { storeId: 'b', active: true, at: instant('23T16:45') },
        { storeId: 'a', active: true, at: instant('24T09:15') },
      ],
      hours: storeA(WEEKDAYS, []).hours,
      zones: [{ storeId: 'a', timezone: 'UTC' }],
    };
    const expected = [
      {
        start: instant('23T16:30') + 1,
        end: instant('24T09:15'),
        openMs: 2_699_999,
        downMs: 1_799_999,
        carriedDownMs: 900_000,
        firstPollAt: instant('23T16:30') + 1,
        endPollAt: instant('24T09:15'),
      },
    ];
    const [from, asOf] = [instant('23T00:00'), instant('25T00:00')];
    expect(referenceOutages(input, 'a', from, asOf)).toEqual(expected);
    const stores = [...indexStores(input)].map(([id, store]) => [id, storeOutages(store, from, asOf)]);
    expect(stores).toEqual([
      ['a', expected],
      ['b', []],
    ]);
  });

  it('starts with the opening if its first poll is earlier', () => {
    // The poll of 08:00 is before the opening: carried until that of 09:20.
    const input = storeA(WEEKDAYS, [
      ['23T08:00', 'inactive'],
      ['23T09:20', 'inactive'],
      ['23T09:30', 'active'],
    ]);
    expect(outages(input, '24T00:00')).toEqual([
      { start: '23T09:00', end: '23T09:30', down: 10, carried: 20, firstPoll: '23T08:00', endPoll: '23T09:30' },
    ]);
  });

  it.each(['17:00', '18:00'])(
    'ends with the opening if the active poll arrives at %s, when the store is closed',
    (time) => {
      const input = storeA(WEEKDAYS, [
        ['23T16:00', 'inactive'],
        [`23T${time}`, 'active'],
      ]);
      expect(outages(input, '24T00:00')).toEqual([
        { start: '23T16:00', end: '23T17:00', down: 60, carried: 0, firstPoll: '23T16:00', endPoll: `23T${time}` },
      ]);
    },
  );

  it('ends at the active poll if that is at the first instant of an opening', () => {
    const input = storeA(WEEKDAYS, [
      ['23T16:00', 'inactive'],
      ['24T09:00', 'active'],
    ]);
    const outage = {
      start: '23T16:00',
      end: '24T09:00',
      down: 60,
      carried: 0,
      firstPoll: '23T16:00',
      endPoll: '24T09:00',
    };
    expect(outages(input, '25T00:00')).toEqual([outage]);
    // At night, the outage is ongoing.
    expect(outages(input, '24T09:00')).toEqual([{ ...outage, end: null, endPoll: null }]);
  });

  it('is not split by a closed night', () => {
    // 16:00-17:00 observed; 09:00-10:00 carried from the day before.
    const input = storeA(WEEKDAYS, [
      ['23T16:00', 'inactive'],
      ['24T10:00', 'active'],
    ]);
    expect(outages(input, '25T00:00')).toEqual([
      { start: '23T16:00', end: '24T10:00', down: 60, carried: 60, firstPoll: '23T16:00', endPoll: '24T10:00' },
    ]);
  });

  it('is not split by inactive polls while the store is closed', () => {
    const input = storeA(WEEKDAYS, [
      ['23T16:00', 'inactive'],
      ['23T23:00', 'inactive'],
      ['24T10:00', 'inactive'],
      ['24T11:00', 'active'],
    ]);
    expect(outages(input, '25T00:00')).toEqual([
      { start: '23T16:00', end: '24T11:00', down: 120, carried: 60, firstPoll: '23T16:00', endPoll: '24T11:00' },
    ]);
  });

  it('is split by an active poll, even while the store is closed', () => {
    const input = storeA(WEEKDAYS, [
      ['23T16:00', 'inactive'],
      ['23T20:00', 'active'],
      ['23T22:00', 'inactive'],
      ['24T10:00', 'active'],
    ]);
    expect(outages(input, '25T00:00')).toEqual([
      { start: '23T16:00', end: '23T17:00', down: 60, carried: 0, firstPoll: '23T16:00', endPoll: '23T20:00' },
      { start: '24T09:00', end: '24T10:00', down: 0, carried: 60, firstPoll: '23T22:00', endPoll: '24T10:00' },
    ]);
  });

  it('is split by a single active poll in the middle', () => {
    const input = storeA(ALWAYS, [
      ['23T10:00', 'inactive'],
      ['23T11:00', 'active'],
      ['23T11:01', 'inactive'],
      ['23T12:00', 'active'],
    ]);
    expect(outages(input, '25T00:00')).toEqual([
      { start: '23T10:00', end: '23T11:00', down: 60, carried: 0, firstPoll: '23T10:00', endPoll: '23T11:00' },
      { start: '23T11:01', end: '23T12:00', down: 59, carried: 0, firstPoll: '23T11:01', endPoll: '23T12:00' },
    ]);
  });

  it('is not ended by an active poll at the instant of an inactive one', () => {
    const input = storeA(ALWAYS, [
      ['23T10:00', 'inactive'],
      ['23T11:00', 'inactive'],
      ['23T11:00', 'active'],
      ['23T12:00', 'active'],
    ]);
    expect(outages(input, '25T00:00')).toEqual([
      { start: '23T10:00', end: '23T12:00', down: 120, carried: 0, firstPoll: '23T10:00', endPoll: '23T12:00' },
    ]);
  });

  it('is observed for three hours after each poll, then carried', () => {
    // Down 00:00-03:00 and 05:00-06:00, carried 03:00-05:00.
    const polls: PollOfA[] = [
      ['23T00:00', 'inactive'],
      ['23T05:00', 'inactive'],
      ['23T06:00', 'active'],
    ];
    const expected = { start: '23T00:00', end: '23T06:00', firstPoll: '23T00:00', endPoll: '23T06:00' };
    expect(outages(storeA(ALWAYS, polls), '24T00:00')).toEqual([{ ...expected, down: 240, carried: 120 }]);
    // With a limit of one hour: 00:00-01:00 and 05:00-06:00.
    const impatient = { ...storeA(ALWAYS, polls), pollValidForMs: HOUR_MS };
    expect(outages(impatient, '24T00:00')).toEqual([{ ...expected, down: 120, carried: 240 }]);
  });
});

describe('there is no outage', () => {
  it.each<[string, HoursOfA[], PollOfA[]]>([
    ['without polls', ALWAYS, []],
    ['with active polls only', ALWAYS, [['23T10:00', 'active']]],
    [
      'in a run of polls within a closed night',
      WEEKDAYS,
      [
        ['23T17:00', 'inactive'],
        ['24T09:00', 'active'],
      ],
    ],
    ['in an ongoing run within a closed night', WEEKDAYS, [['24T18:00', 'inactive']]],
    ['after the as-of', ALWAYS, [['25T09:00', 'inactive']]],
  ])('%s', (_, hours, polls) => expect(outages(storeA(hours, polls), '25T09:00')).toEqual([]));

  it('of a store that is never open', () => {
    const input = storeA(ALWAYS, [
      ['23T10:00', 'inactive'],
      ['23T12:00', 'active'],
      ['23T14:00', 'inactive'],
    ]);
    const closed = { ...input, lives: [{ storeId: 'a', openedOn: null, closedOn: '2023-01-22' }] };
    expect(outages(closed, '25T00:00')).toEqual([]);
  });
});

describe('an ongoing outage', () => {
  it('has no end; an active poll at the as-of is ignored', () => {
    const input = storeA(WEEKDAYS, [
      ['23T09:00', 'active'],
      ['23T10:00', 'inactive'],
      ['23T15:00', 'active'],
    ]);
    expect(outages(input, '23T15:00')).toEqual([
      { start: '23T10:00', end: null, down: 180, carried: 120, firstPoll: '23T10:00', endPoll: null },
    ]);
    expect(outages(input, '23T15:01')).toMatchObject([{ end: '23T15:00', endPoll: '23T15:00' }]);
  });

  it('is listed while it lasts, even if its open time is all before the window', () => {
    // The night from 17:00 on, as-of 20:00.
    const input = storeA(WEEKDAYS, [['23T16:00', 'inactive']]);
    const expected = { start: '23T16:00', end: null, down: 60, carried: 0, firstPoll: '23T16:00', endPoll: null };
    expect(outages(input, '23T20:00', '23T18:00')).toEqual([expected]);
    // The next morning until 09:30, and two days on.
    expect(outages(input, '24T09:30', '24T09:00')).toEqual([{ ...expected, carried: 30 }]);
    expect(outages(input, '25T17:00', '25T16:00')).toEqual([{ ...expected, carried: 960 }]);
  });

  it('begins only when the store opens', () => {
    const input = storeA(WEEKDAYS, [['23T18:00', 'inactive']]);
    expect(outages(input, '24T09:00')).toEqual([]);
    expect(outages(input, '24T09:30')).toEqual([
      { start: '24T09:00', end: null, down: 0, carried: 30, firstPoll: '23T18:00', endPoll: null },
    ]);
  });

  it('of a store that is open 24x7 lasts for weeks', () => {
    // 21 days of 1440 minutes: three hours observed, the rest carried.
    const input = storeA(ALWAYS, [['02T00:00', 'inactive']]);
    expect(outages(input, '23T00:00', '22T23:00')).toEqual([
      { start: '02T00:00', end: null, down: 180, carried: 30_060, firstPoll: '02T00:00', endPoll: null },
    ]);
  });
});

describe('the window', () => {
  const input = storeA(WEEKDAYS, [
    ['23T10:00', 'inactive'],
    ['23T12:00', 'active'],
    ['23T16:00', 'inactive'],
    ['23T18:00', 'active'],
  ]);
  const morning = {
    start: '23T10:00',
    end: '23T12:00',
    down: 120,
    carried: 0,
    firstPoll: '23T10:00',
    endPoll: '23T12:00',
  };
  const evening = {
    start: '23T16:00',
    end: '23T17:00',
    down: 60,
    carried: 0,
    firstPoll: '23T16:00',
    endPoll: '23T18:00',
  };

  it.each<[string, string, Outage[]]>([
    ['lists the outages that intersect it, in time order', '23T09:00', [morning, evening]],
    ['lists all of an outage that started before it', '23T11:59', [morning, evening]],
    ['does not list an outage that ends at its start', '23T12:00', [evening]],
    ['does not list an outage whose open time is before it, even if its active poll is not', '23T17:00', []],
  ])('%s', (_, from, expected) => expect(outages(input, '24T00:00', from)).toEqual(expected));

  it('does not list an outage that starts at its end', () => {
    expect(outages(input, '23T16:00')).toEqual([morning]);
    expect(outages(input, '23T10:00')).toEqual([]);
  });

  it('lists only ongoing outages when it is empty, and is rejected when it ends before it starts', () => {
    expect(outages(input, '23T11:00', '23T11:00')).toEqual([
      { start: '23T10:00', end: null, down: 60, carried: 0, firstPoll: '23T10:00', endPoll: null },
    ]);
    expect(outages(input, '23T12:30', '23T12:30')).toEqual([]);
    expect(() => outages(input, '23T11:00', '23T11:01')).toThrow(RangeError);
  });
});
