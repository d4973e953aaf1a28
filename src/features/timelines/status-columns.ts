import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { type Evidence, type PollColumns, forEachSegment } from '#libs/uptime/segments.js';
import type { InOrder } from './in-order.js';

/** Open time with one status. */
export interface StatusInterval extends Interval {
  readonly kind: Evidence;
  /** The poll that determines the status; undefined before the first one. */
  readonly polledAtMs: number | undefined;
}

/** A store's open time in `[startMs, endMs)` by status, stored in columns. */
export class StatusColumns implements InOrder<StatusInterval> {
  count = 0;
  private readonly kinds: Uint8Array;
  private readonly startsMs: Float64Array;
  private readonly endsMs: Float64Array;
  /** The index of the determining poll; -1: none yet. */
  private readonly pollIndexes: Int32Array;

  constructor(
    calendar: Calendar,
    private readonly polls: PollColumns,
    validForMs: number,
    fromMs: number,
    toMs: number,
  ) {
    const openings = openIntervals(calendar, fromMs - validForMs, toMs);
    // each poll and each start of an opening adds at most two segments, observed and carried
    const capacity = 2 * (polls.count + openings.length);
    this.kinds = new Uint8Array(capacity);
    this.startsMs = new Float64Array(capacity);
    this.endsMs = new Float64Array(capacity);
    this.pollIndexes = new Int32Array(capacity);
    forEachSegment(polls, openings, validForMs, fromMs, toMs, (kind, startMs, endMs, poll) => {
      this.kinds[this.count] = kind;
      this.startsMs[this.count] = startMs;
      this.endsMs[this.count] = endMs;
      this.pollIndexes[this.count++] = poll;
    });
  }

  startMs(index: number): number {
    return this.startsMs[index];
  }

  entry(index: number): StatusInterval {
    const poll = this.pollIndexes[index];
    return {
      kind: this.kinds[index] as Evidence,
      startMs: this.startsMs[index],
      endMs: this.endsMs[index],
      polledAtMs: poll < 0 ? undefined : this.polls.polledAtMs[poll],
    };
  }
}
