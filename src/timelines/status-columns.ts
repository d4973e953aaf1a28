import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { type Kind, type PollColumns, forEachStretch } from '#libs/uptime/stretches.js';
import type { InOrder } from './in-order.js';

/** Open time with one status. */
export interface StatusInterval extends Interval {
  readonly kind: Kind;
  /** The poll that it rests on; undefined before the first one. */
  readonly polledAtMs: number | undefined;
}

/** A store's open time in `[startMs, endMs)`, status by status, in columns. */
export class StatusColumns implements InOrder<StatusInterval> {
  count = 0;
  private kinds = new Uint8Array(FIRST_CAPACITY);
  private times = new Float64Array(2 * FIRST_CAPACITY);
  /** Indexes of polls; -1: none yet. */
  private rests = new Int32Array(FIRST_CAPACITY);

  constructor(
    calendar: Calendar,
    private readonly polls: PollColumns,
    validForMs: number,
    fromMs: number,
    toMs: number,
  ) {
    const openings = openIntervals(calendar, fromMs - validForMs, toMs);
    forEachStretch(polls, openings, validForMs, fromMs, toMs, (kind, startMs, endMs, poll) => {
      if (this.count === this.kinds.length) this.grow();
      this.kinds[this.count] = kind;
      this.times[2 * this.count] = startMs;
      this.times[2 * this.count + 1] = endMs;
      this.rests[this.count++] = poll;
    });
  }

  startMs(place: number): number {
    return this.times[2 * place];
  }

  entry(place: number): StatusInterval {
    const poll = this.rests[place];
    return {
      kind: this.kinds[place] as Kind,
      startMs: this.times[2 * place],
      endMs: this.times[2 * place + 1],
      polledAtMs: poll < 0 ? undefined : this.polls.polledAtMs[poll],
    };
  }

  private grow(): void {
    const larger = <Column extends { set(from: Column): void }>(column: Column, into: Column): Column => {
      into.set(column);
      return into;
    };
    this.kinds = larger(this.kinds, new Uint8Array(2 * this.kinds.length));
    this.times = larger(this.times, new Float64Array(2 * this.times.length));
    this.rests = larger(this.rests, new Int32Array(2 * this.rests.length));
  }
}

const FIRST_CAPACITY = 1_024;
