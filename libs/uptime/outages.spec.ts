import { describe, expect, it } from '@jest/globals';
import type { Calendar } from '../calendar/calendar.js';
import { parseLocalDate } from '../calendar/local-date.js';
import { HOUR_MS, MINUTE_MS, formatInstant } from '../instant/instant.js';
import { type Outage, findOutages } from './outages.js';
import { DEFAULT_POLL_VALID_FOR_MS, type PollColumns } from './segments.js';

/** [epoch ms, 1 active or 0 inactive] */
type Poll = [polledAtMs: number, active: number];

function columnsOf(list: Poll[]): PollColumns {
  const sorted = list.toSorted(([a], [b]) => a - b);
  return { polledAtMs: sorted.map(([ms]) => ms), active: sorted.map(([, active]) => active), count: list.length };
}

/** An instant of January 2023 in UTC: `23T10:00`. The 23rd is a Monday. */
const at = (text: string): number => Date.parse(`2023-01-${text}Z`);
const written = (ms: number): string => formatInstant(ms).slice(8, 16);

/** `['23T08:47 inactive', '23T10:14 active']` */
const polls = (list: string[]): Poll[] =>
  list.map((poll) => [at(poll.split(' ')[0]), poll.endsWith(' active') ? 1 : 0]);

const ALWAYS: Calendar = { zone: 'UTC', weekly: [] };
const NINE_TO_FIVE: Calendar = {
  zone: 'UTC',
  weekly: [0, 1, 2, 3, 4, 5, 6].map((dayOfWeek) => ({ dayOfWeek, startMs: 9 * HOUR_MS, endMs: 17 * HOUR_MS })),
};

const inWords = (columns: PollColumns, outage: Outage): string => {
  const { startMs, endMs, isOngoing, openMs, downMs, firstPoll, endPoll } = outage;
  const by = (poll: number): string => written(columns.polledAtMs[poll]);
  const minutes = [downMs, openMs - downMs].map((ms) => ms / MINUTE_MS).join('+');
  const end = isOngoing ? 'ongoing' : endPoll < 0 ? 'over' : `ended by ${by(endPoll)}`;
  return `${written(startMs)} to ${written(endMs)}: ${minutes} min, begun by ${by(firstPoll)}, ${end}`;
};

/** The outages as text: `… 45+15 min` means 45 observed and 15 carried. A poll is valid for three hours. */
function outages(calendar: Calendar, list: string[], to: string): string[] {
  const columns = columnsOf(polls(list));
  return findOutages(calendar, columns, DEFAULT_POLL_VALID_FOR_MS, at(to)).map((outage) => inWords(columns, outage));
}

describe('an outage', () => {
  it('lasts from the first inactive poll to the next active one', () => {
    const list = ['23T09:00 active', '23T10:00 inactive', '23T11:00 inactive', '23T12:00 active', '23T13:00 active'];
    expect(outages(NINE_TO_FIVE, list, '24T00:00')).toEqual([
      '23T10:00 to 23T12:00: 120+0 min, begun by 23T10:00, ended by 23T12:00',
    ]);
  });

  it('occurs each time the store goes down and comes back', () => {
    const list = ['23T10:00 inactive', '23T11:00 active', '23T11:01 inactive', '23T12:00 active'];
    expect(outages(ALWAYS, list, '24T00:00')).toEqual([
      '23T10:00 to 23T11:00: 60+0 min, begun by 23T10:00, ended by 23T11:00',
      '23T11:01 to 23T12:00: 59+0 min, begun by 23T11:01, ended by 23T12:00',
    ]);
  });

  it('starts with the opening if its first poll was taken before, and is carried until a poll inside', () => {
    const list = ['23T06:00 inactive', '23T08:00 inactive', '23T09:20 inactive', '23T09:30 active'];
    expect(outages(NINE_TO_FIVE, list, '24T00:00')).toEqual([
      '23T09:00 to 23T09:30: 10+20 min, begun by 23T06:00, ended by 23T09:30',
    ]);
  });

  it('ends with the opening if the active poll is after it', () => {
    expect(outages(NINE_TO_FIVE, ['23T16:00 inactive', '23T18:00 active'], '24T00:00')).toEqual([
      '23T16:00 to 23T17:00: 60+0 min, begun by 23T16:00, ended by 23T18:00',
    ]);
  });

  it('ends at an active poll at the first instant of an opening', () => {
    const list = ['23T16:00 inactive', '24T09:00 active', '24T16:30 inactive', '24T17:00 active'];
    expect(outages(NINE_TO_FIVE, list, '25T00:00')).toEqual([
      '23T16:00 to 24T09:00: 60+0 min, begun by 23T16:00, ended by 24T09:00',
      '24T16:30 to 24T17:00: 30+0 min, begun by 24T16:30, ended by 24T17:00',
    ]);
  });

  it('continues over a closed night, with or without polls in it', () => {
    // 16:00 to 17:00 observed; the next day 09:00 to 10:00 carried, to 11:00 observed.
    const list = ['23T16:00 inactive', '24T10:00 inactive', '24T11:00 active'];
    const expected = ['23T16:00 to 24T11:00: 120+60 min, begun by 23T16:00, ended by 24T11:00'];
    expect(outages(NINE_TO_FIVE, list, '25T00:00')).toEqual(expected);
    expect(outages(NINE_TO_FIVE, [...list, '23T23:00 inactive'], '25T00:00')).toEqual(expected);
  });

  it('is split in two by an active poll in the night between', () => {
    const list = ['23T16:00 inactive', '23T20:00 active', '23T22:00 inactive', '24T10:00 active'];
    expect(outages(NINE_TO_FIVE, list, '25T00:00')).toEqual([
      '23T16:00 to 23T17:00: 60+0 min, begun by 23T16:00, ended by 23T20:00',
      '24T09:00 to 24T10:00: 0+60 min, begun by 23T22:00, ended by 24T10:00',
    ]);
  });

  it('is observed for three hours after each poll, then carried', () => {
    // Observed 00:00 to 03:00 and 05:00 to 06:00.
    const list = ['23T00:00 inactive', '23T05:00 inactive', '23T06:00 active'];
    expect(outages(ALWAYS, list, '24T00:00')).toEqual([
      '23T00:00 to 23T06:00: 240+120 min, begun by 23T00:00, ended by 23T06:00',
    ]);
  });

  it('is exact to the millisecond', () => {
    const [startMs, endMs] = [at('23T16:30') + 1, at('24T09:15') + 2];
    const columns = columnsOf([
      [startMs, 0],
      [endMs, 1],
    ]);
    // 1 800 000 - 1 observed until 17:00, 900 000 + 2 carried from 09:00.
    const figures = { openMs: 2_700_001, downMs: 1_799_999, firstPoll: 0, endPoll: 1 };
    expect(findOutages(NINE_TO_FIVE, columns, DEFAULT_POLL_VALID_FOR_MS, at('25T00:00'))).toEqual([
      { startMs, endMs, isOngoing: false, ...figures },
    ]);
  });
});

describe('an ongoing outage', () => {
  it('lasts until now', () => {
    expect(outages(NINE_TO_FIVE, ['23T09:00 active', '23T10:00 inactive'], '23T15:00')).toEqual([
      '23T10:00 to 23T15:00: 180+120 min, begun by 23T10:00, ongoing',
    ]);
  });

  it('is not ended by a closed night', () => {
    expect(outages(NINE_TO_FIVE, ['23T16:00 inactive'], '23T20:00')).toEqual([
      '23T16:00 to 23T17:00: 60+0 min, begun by 23T16:00, ongoing',
    ]);
  });

  it('ignores polls at or after now', () => {
    const list = ['23T10:00 inactive', '23T12:00 active', '23T13:00 inactive'];
    expect(outages(ALWAYS, list, '23T12:00')).toEqual(['23T10:00 to 23T12:00: 120+0 min, begun by 23T10:00, ongoing']);
    expect(outages(ALWAYS, list, '23T10:00')).toEqual([]);
    expect(outages(ALWAYS, list, '23T12:01')).toEqual([
      '23T10:00 to 23T12:00: 120+0 min, begun by 23T10:00, ended by 23T12:00',
    ]);
  });
});

describe('the last date of a store', () => {
  const calendar = { ...NINE_TO_FIVE, closedOn: parseLocalDate('2023-01-24')! };
  const list = ['23T16:00 inactive'];
  // The last opening is that of the 24th: 60 minutes of the 23rd are observed, 480 of the 24th carried.
  const over = '23T16:00 to 24T17:00: 60+480 min, begun by 23T16:00, over';

  it('ends an outage with its open time, without an active poll', () => {
    expect(outages(calendar, list, '24T17:00')).toEqual([over]);
    expect(outages(calendar, list, '27T12:00')).toEqual([over]);
  });

  it('does not end an outage earlier', () => {
    expect(outages(calendar, list, '23T20:00')).toEqual(['23T16:00 to 23T17:00: 60+0 min, begun by 23T16:00, ongoing']);
    expect(outages(calendar, list, '24T16:59')).toEqual([
      '23T16:00 to 24T16:59: 60+479 min, begun by 23T16:00, ongoing',
    ]);
  });

  it('ends an outage with the last opening, past the midnight of the last date', () => {
    const night = [1, 2].map((dayOfWeek) => ({ dayOfWeek, startMs: 22 * HOUR_MS, endMs: 2 * HOUR_MS }));
    const bar = { ...calendar, weekly: night };
    const begun = '24T23:00 to';
    expect(outages(bar, ['24T23:00 inactive'], '25T01:00')).toEqual([
      `${begun} 25T01:00: 120+0 min, begun by 24T23:00, ongoing`,
    ]);
    expect(outages(bar, ['24T23:00 inactive'], '25T02:00')).toEqual([
      `${begun} 25T02:00: 180+0 min, begun by 24T23:00, over`,
    ]);
  });

  it('does not override a later active poll', () => {
    const expected = over.replace('over', 'ended by 26T12:00');
    expect(outages(calendar, [...list, '26T12:00 active'], '27T12:00')).toEqual([expected]);
  });
});

describe('there is no outage', () => {
  const closed = { ...ALWAYS, closedOn: parseLocalDate('2023-01-22')! };
  it.each<[string, Calendar, string[]]>([
    ['without polls', ALWAYS, []],
    ['with active polls only', ALWAYS, ['23T10:00 active']],
    ['in a run within a closed night', NINE_TO_FIVE, ['23T17:00 inactive', '24T09:00 active']],
    ['in a closed night that goes on', NINE_TO_FIVE, ['24T17:00 inactive']],
    ['of a store that is never open', closed, ['23T10:00 inactive', '23T12:00 active', '23T14:00 inactive']],
  ])('%s', (_, calendar, list) => {
    expect(outages(calendar, list, '25T00:00')).toEqual([]);
  });
});
