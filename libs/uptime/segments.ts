import { HOUR_MS } from '../instant/instant.js';
import { type Interval } from '../intervals/intervals.js';

/** How long a poll counts as seen, when the deployment does not say otherwise (POLL_VALID_FOR). */
export const DEFAULT_POLL_VALID_FOR_MS = 3 * HOUR_MS;

/**
 * One store's polls in columns, strictly ascending in time (one observation an instant). Typed arrays, because a week
 * of 14,000 stores is two million of them.
 */
export interface PollColumns {
  /** Epoch ms UTC. */
  readonly polledAtMs: ArrayLike<number>;
  /** 1 active, 0 inactive. */
  readonly active: ArrayLike<number>;
  /** How many of the columns' entries count, from the first. */
  readonly count: number;
}

export const NO_POLLS: PollColumns = { polledAtMs: [], active: [], count: 0 };

/** What an open millisecond was. The order is that of the parts' columns. */
export const Evidence = { up: 0, down: 1, carriedUp: 2, carriedDown: 3, unknown: 4 } as const;
export type Evidence = (typeof Evidence)[keyof typeof Evidence];

/** Receives `[startMs, endMs)` of open time of one kind, and the index of the poll it rests on (-1: none yet). */
export type SegmentSink = (kind: Evidence, startMs: number, endMs: number, poll: number) => void;

/**
 * Cuts a store's open time inside `[fromMs, toMs)` into segments of one kind, in order, without gap or overlap.
 *
 * A status holds from its poll to the store's next poll. It is observed while its poll was taken in the same opening and
 * is less than `validForMs` old; then it is carried. Before the first poll the status is unknown.
 *
 * @param polls    must hold every poll in `[fromMs, toMs)` and the last one before `fromMs`, if there is one
 * @param openings united, from `fromMs - validForMs` on: an opening that began earlier may be cut off there, since a
 *                 poll from before that is too old to be observed anyway
 */
export function forEachSegment(
  polls: PollColumns,
  openings: readonly Interval[],
  validForMs: number,
  fromMs: number,
  toMs: number,
  emit: SegmentSink,
): void {
  const { polledAtMs, active, count } = polls;
  let current = -1;
  for (const opening of openings) {
    const end = Math.min(opening.endMs, toMs);
    let at = Math.max(opening.startMs, fromMs);
    while (at < end) {
      while (current + 1 < count && polledAtMs[current + 1] <= at) current++;
      const next = current + 1 < count ? Math.min(polledAtMs[current + 1], end) : end;
      if (current < 0) {
        emit(Evidence.unknown, at, next, -1);
      } else {
        const polledAt = polledAtMs[current];
        const isActive = active[current] === 1;
        const observedUntil = polledAt >= opening.startMs ? Math.min(polledAt + validForMs, next) : at;
        if (observedUntil > at) emit(isActive ? Evidence.up : Evidence.down, at, observedUntil, current);
        const carriedFrom = Math.max(observedUntil, at);
        if (next > carriedFrom) emit(isActive ? Evidence.carriedUp : Evidence.carriedDown, carriedFrom, next, current);
      }
      at = next;
    }
  }
}
