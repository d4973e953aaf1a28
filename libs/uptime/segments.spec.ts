import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HOUR_MS } from '../instant/instant.js';
import { type Interval, unite } from '../intervals/intervals.js';
import { DEFAULT_POLL_VALID_FOR_MS, Evidence, type PollColumns, forEachSegment } from './segments.js';

/** A time on Monday 2023-01-23 in UTC: `09:00`, or `09:00:00.001`. */
const at = (time: string): number => Date.parse(`2023-01-23T${time}Z`);
const timeOf = (ms: number): string =>
  new Date(ms)
    .toISOString()
    .slice(11, 23)
    .replace(/(:00)?\.000$/, '');

/** `opening('09:00-12:00')` */
const opening = (text: string): Interval => {
  const [start, end] = text.split('-');
  return { startMs: at(start), endMs: at(end) };
};

/** `polls('08:47 inactive', '10:14 active')`, in chronological order. */
const polls = (...list: string[]): PollColumns => ({
  polledAtMs: list.map((poll) => at(poll.split(' ')[0])),
  active: list.map((poll) => (poll.endsWith(' active') ? 1 : 0)),
  count: list.length,
});

const NAMES = ['up', 'down', 'carried up', 'carried down', 'unknown'];

/** The segments of a window, each as `up 10:14-11:15`; without a window, of the whole Monday. */
function segments(
  openings: string[],
  columns: PollColumns,
  window = '00:00-23:59',
  validForMs = DEFAULT_POLL_VALID_FOR_MS,
): string[] {
  const { startMs, endMs } = opening(window);
  const found: string[] = [];
  forEachSegment(columns, openings.map(opening), validForMs, startMs, endMs, (kind, from, to) =>
    found.push(`${NAMES[kind]} ${timeOf(from)}-${timeOf(to)}`),
  );
  return found;
}

describe('the status between polls', () => {
  it('splits the example of the documentation', () => {
    // 74 minutes carried from 08:47, before the opening; 61 up; 45 down.
    const columns = polls('08:47 inactive', '10:14 active', '11:15 inactive');
    expect(segments(['09:00-12:00'], columns)).toEqual([
      'carried down 09:00-10:14',
      'up 10:14-11:15',
      'down 11:15-12:00',
    ]);
  });

  it('holds from its poll to the next, to the millisecond', () => {
    const columns = polls('09:00 active', '10:00:00.500 inactive', '10:00:00.501 active');
    expect(segments(['09:00-11:00'], columns)).toEqual([
      'up 09:00-10:00:00.500',
      'down 10:00:00.500-10:00:00.501',
      'up 10:00:00.501-11:00',
    ]);
  });

  it('is unknown before the first poll', () => {
    expect(segments(['09:00-12:00'], polls('10:14 active'))).toEqual(['unknown 09:00-10:14', 'up 10:14-12:00']);
  });

  it('is unknown throughout for a store without polls', () => {
    expect(segments(['09:00-12:00', '13:00-14:00'], polls())).toEqual(['unknown 09:00-12:00', 'unknown 13:00-14:00']);
  });

  it('stays unknown before a later poll: nothing is inferred backwards', () => {
    expect(segments(['09:00-12:00'], polls('12:30 active'))).toEqual(['unknown 09:00-12:00']);
  });

  it('holds after the last poll up to the end of the window, which is the as-of', () => {
    expect(segments(['09:00-22:00'], polls('10:00 active'), '10:30-15:30')).toEqual([
      'up 10:30-13:00',
      'carried up 13:00-15:30',
    ]);
  });

  it('ignores polls at or after the end of the window', () => {
    const columns = polls('09:00 active', '10:00 inactive', '10:30 active');
    expect(segments(['09:00-12:00'], columns, '09:00-10:00')).toEqual(['up 09:00-10:00']);
  });

  it('skips closed time, but polls taken then count from the next opening on', () => {
    const columns = polls('09:00 active', '12:30 inactive', '12:45 active');
    expect(segments(['09:00-12:00', '13:00-14:00'], columns)).toEqual(['up 09:00-12:00', 'carried up 13:00-14:00']);
    expect(segments([], columns)).toEqual([]);
  });

  it('reads only `count` polls', () => {
    const columns = { ...polls('09:00 active', '10:00 inactive'), count: 1 };
    expect(segments(['09:00-11:00'], columns)).toEqual(['up 09:00-11:00']);
  });

  it('gives the poll that each segment is based on', () => {
    const found: number[] = [];
    const columns = polls('09:30 active', '11:00 inactive');
    forEachSegment(columns, [opening('09:00-15:00')], 3 * HOUR_MS, at('09:00'), at('15:00'), (...segment) =>
      found.push(segment[3]),
    );
    expect(found).toEqual([-1, 0, 1, 1]); // unknown, up, down, carried down
  });
});

describe('observed, or carried', () => {
  it('is observed for three hours after the poll by default', () => {
    expect(DEFAULT_POLL_VALID_FOR_MS).toBe(3 * HOUR_MS);
    const columns = polls('09:00:00.250 inactive');
    expect(segments(['09:00-15:00'], columns)).toEqual([
      'unknown 09:00-09:00:00.250',
      'down 09:00:00.250-12:00:00.250',
      'carried down 12:00:00.250-15:00',
    ]);
    expect(segments(['09:00-15:00'], columns, '09:30-15:00', HOUR_MS)).toEqual([
      'down 09:30-10:00:00.250',
      'carried down 10:00:00.250-15:00',
    ]);
  });

  it('is carried in a window that begins when the poll is exactly three hours old', () => {
    expect(segments(['08:00-15:00'], polls('09:00 active'), '12:00-12:00:00.001')).toEqual([
      'carried up 12:00-12:00:00.001',
    ]);
    expect(segments(['08:00-15:00'], polls('09:00 active'), '11:59:59.999-12:00')).toEqual(['up 11:59:59.999-12:00']);
  });

  it('is observed again from the next poll, whatever its status', () => {
    expect(segments(['06:00-15:00'], polls('06:00 active', '10:00 active'))).toEqual([
      'up 06:00-09:00',
      'carried up 09:00-10:00',
      'up 10:00-13:00',
      'carried up 13:00-15:00',
    ]);
  });

  it('is carried when the poll was taken before the opening, however fresh it is', () => {
    expect(segments(['09:00-12:00'], polls('08:59:59.999 inactive'))).toEqual(['carried down 09:00-12:00']);
  });

  it('is observed if the poll was taken exactly at the start of the opening', () => {
    expect(segments(['09:00-12:00'], polls('09:00 inactive'))).toEqual(['down 09:00-12:00']);
  });

  it('is not observed in the next opening: after lunch, a poll of the morning is carried', () => {
    expect(segments(['09:00-12:00', '12:30-14:00'], polls('11:30 active'))).toEqual([
      'unknown 09:00-11:30',
      'up 11:30-12:00',
      'carried up 12:30-14:00',
    ]);
  });

  it('does not count a poll exactly at the end of an opening as taken in it', () => {
    expect(segments(['09:00-12:00'], polls('12:00 active'))).toEqual(['unknown 09:00-12:00']);
  });

  it('counts a poll from before the window that was taken in the same opening', () => {
    expect(segments(['09:00-12:00'], polls('09:30 active'), '10:00-11:00')).toEqual(['up 10:00-11:00']);
  });
});

/** Windows, openings and polls within 60 ms, and a validity of a few ms. */
const anyCase = fc
  .record({
    openings: fc.array(fc.record({ startMs: fc.nat(60), endMs: fc.nat(60) }), { maxLength: 5 }).map(unite),
    polls: fc.uniqueArray(fc.tuple(fc.nat(60), fc.nat(1)), { selector: ([ms]) => ms, maxLength: 10 }),
    validForMs: fc.nat(20),
    fromMs: fc.nat(60),
    toMs: fc.nat(60),
  })
  .map((drawn) => Object.assign(drawn, { columns: inOrder(drawn.polls) }));

function inOrder(list: [polledAtMs: number, active: number][]): PollColumns {
  const sorted = list.toSorted(([a], [b]) => a - b);
  return { polledAtMs: sorted.map(([ms]) => ms), active: sorted.map(([, active]) => active), count: list.length };
}

/** The evidence of one millisecond by the rules; undefined if the store is closed. */
function kindOf(
  ms: number,
  openings: readonly Interval[],
  columns: PollColumns,
  validForMs: number,
): Evidence | undefined {
  const current = openings.find((o) => o.startMs <= ms && ms < o.endMs);
  if (!current) return undefined;
  const poll = Array.from(columns.polledAtMs).findLastIndex((polledAt) => polledAt <= ms);
  if (poll < 0) return Evidence.unknown;
  const polledAt = columns.polledAtMs[poll];
  const isObserved = polledAt >= current.startMs && ms - polledAt < validForMs;
  if (columns.active[poll] === 1) return isObserved ? Evidence.up : Evidence.carriedUp;
  return isObserved ? Evidence.down : Evidence.carriedDown;
}

/**
 * The evidence of each millisecond from `fromMs` on by forEachSegment. Fails on a segment that is empty, outside or out
 * of order.
 */
function eachMs({ columns, openings, validForMs }: Drawn, fromMs: number, toMs: number): (Evidence | undefined)[] {
  const kinds = Array.from<Evidence | undefined>({ length: Math.max(0, toMs - fromMs) });
  let last = fromMs;
  forEachSegment(columns, openings, validForMs, fromMs, toMs, (kind, startMs, endMs) => {
    expect([last <= startMs, startMs < endMs, endMs <= toMs]).toEqual([true, true, true]);
    kinds.fill(kind, startMs - fromMs, endMs - fromMs);
    last = endMs;
  });
  return kinds;
}

interface Drawn {
  columns: PollColumns;
  openings: Interval[];
  validForMs: number;
}

describe('the segments of any store', () => {
  it('match the rules at every millisecond', () => {
    fc.assert(
      fc.property(anyCase, (c) => {
        const expected = Array.from({ length: Math.max(0, c.toMs - c.fromMs) }, (_, i) =>
          kindOf(c.fromMs + i, c.openings, c.columns, c.validForMs),
        );
        expect(eachMs(c, c.fromMs, c.toMs)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('are the same if the window is split in two', () => {
    fc.assert(
      fc.property(anyCase, fc.nat(60), (c, cutMs) => {
        expect([...eachMs(c, 0, cutMs), ...eachMs(c, cutMs, 60)]).toEqual(eachMs(c, 0, 60));
      }),
    );
  });

  it('need only the last poll before the window', () => {
    fc.assert(
      fc.property(anyCase, (c) => {
        const lastBefore = Math.max(...c.polls.map(([ms]) => ms).filter((ms) => ms < c.fromMs), -1);
        const columns = inOrder(c.polls.filter(([ms]) => ms >= lastBefore));
        expect(eachMs({ ...c, columns }, c.fromMs, c.toMs)).toEqual(eachMs(c, c.fromMs, c.toMs));
      }),
    );
  });

  it('need openings only as far back as a poll is valid', () => {
    fc.assert(
      fc.property(anyCase, (c) => {
        const openings = c.openings
          .map((o) => ({ startMs: Math.max(o.startMs, c.fromMs - c.validForMs), endMs: o.endMs }))
          .filter((o) => o.startMs < o.endMs);
        expect(eachMs({ ...c, openings }, c.fromMs, c.toMs)).toEqual(eachMs(c, c.fromMs, c.toMs));
      }),
    );
  });
});
