import { HOUR_MS } from '../instant/instant.js';
import { type Interval } from '../intervals/intervals.js';

/** Default of POLL_VALID_FOR: how long a poll counts as observed. */
export const DEFAULT_POLL_VALID_FOR_MS = 3 * HOUR_MS;

/**
 * One store's polls in columns, strictly ascending in time (one observation per instant). Typed arrays, because a week
 * of 14,000 stores has two million polls.
 */
export interface PollColumns {
  /** Epoch ms UTC. */
  readonly polledAtMs: ArrayLike<number>;
  /** 1 active, 0 inactive. */
  readonly active: ArrayLike<number>;
  /** Number of valid entries, from the first. */
  readonly count: number;
}

export const NO_POLLS: PollColumns = { polledAtMs: [], active: [], count: 0 };

/** Classifies open time. The values are the column order of the breakdown. */
export const Evidence = { up: 0, down: 1, carriedUp: 2, carriedDown: 3, unknown: 4 } as const;
export type Evidence = (typeof Evidence)[keyof typeof Evidence];

/**
 * Receives a segment `[startMs, endMs)` of open time, its evidence, and the index of the poll it is based on (-1:
 * none).
 */
export type SegmentSink = (kind: Evidence, startMs: number, endMs: number, poll: number) => void;

/**
 * Splits a store's open time inside `[fromMs, toMs)` into segments of uniform evidence, in order, without gaps or
 * overlaps.
 *
 * A status holds from its poll until the store's next poll. It is observed while its poll was taken in the same opening
 * and is less than `validForMs` old; after that it is carried. Before the first poll the status is unknown.
 *
 * @param polls    must contain every poll in `[fromMs, toMs)` and the last one before `fromMs`, if any
 * @param openings merged, starting at `fromMs - validForMs`. An opening that began earlier may be cut off there,
 *   because a poll from before that is too old to be observed anyway.
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
