import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { type Evidence, type PollColumns, forEachSegment } from '#libs/uptime/segments.js';
import type { InOrder } from './in-order.js';

/** Open time with one status. */
export interface StatusInterval extends Interval {
  readonly kind: Evidence;
  /** The poll that it rests on; undefined before the first one. */
  readonly polledAtMs: number | undefined;
}

/** A store's open time in `[startMs, endMs)`, status by status, in columns. */
export class StatusColumns implements InOrder<StatusInterval> {
  count = 0;
  private readonly kinds: Uint8Array;
  private readonly startsMs: Float64Array;
  private readonly endsMs: Float64Array;
  /** Indexes of polls; -1: none yet. */
  private readonly rests: Int32Array;

  constructor(
    calendar: Calendar,
    private readonly polls: PollColumns,
    validForMs: number,
    fromMs: number,
    toMs: number,
  ) {
    const openings = openIntervals(calendar, fromMs - validForMs, toMs);
    // each poll, and each start of an opening, is observed and then carried
    const most = 2 * (polls.count + openings.length);
    this.kinds = new Uint8Array(most);
    this.startsMs = new Float64Array(most);
    this.endsMs = new Float64Array(most);
    this.rests = new Int32Array(most);
    forEachSegment(polls, openings, validForMs, fromMs, toMs, (kind, startMs, endMs, poll) => {
      this.kinds[this.count] = kind;
      this.startsMs[this.count] = startMs;
      this.endsMs[this.count] = endMs;
      this.rests[this.count++] = poll;
    });
  }

  startMs(place: number): number {
    return this.startsMs[place];
  }

  entry(place: number): StatusInterval {
    const poll = this.rests[place];
    return {
      kind: this.kinds[place] as Evidence,
      startMs: this.startsMs[place],
      endMs: this.endsMs[place],
      polledAtMs: poll < 0 ? undefined : this.polls.polledAtMs[poll],
    };
  }
}
