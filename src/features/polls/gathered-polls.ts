import { instantOf, isActive } from '#libs/store-day/poll-day.js';
import type { PollColumns } from '#libs/uptime/segments.js';

/** Polls by some number: a store's database id, or a place in a list. */
export interface PollsByKey extends Iterable<[key: number, polls: PollColumns]> {
  get(key: number): PollColumns | undefined;
}

const FIRST_CAPACITY = 4_096;

/**
 * The polls of many stores in common columns, 9 bytes each, where an array a store takes several times as much and leaves
 * what it has outgrown behind.
 */
export class GatheredPolls implements PollsByKey {
  private polledAtMs = new Float64Array(FIRST_CAPACITY);
  private active = new Uint8Array(FIRST_CAPACITY);
  private count = 0;
  /** Where the polls of each key begin; they end where those of the next one do. */
  private readonly starts: number[] = [];
  private readonly places = new Map<number, number>();
  private lastKey = NaN;

  /** To be called in order of key and then of time; the same poll twice counts once. */
  add(key: number, polledAtMs: number, active: boolean): void {
    if (key !== this.lastKey) {
      this.lastKey = key;
      this.places.set(key, this.starts.push(this.count) - 1);
    } else if (this.polledAtMs[this.count - 1] === polledAtMs) {
      return;
    }
    if (this.count === this.polledAtMs.length) this.grow();
    this.polledAtMs[this.count] = polledAtMs;
    this.active[this.count++] = active ? 1 : 0;
  }

  /** The same. */
  addObservation(key: number, value: number): void {
    this.add(key, instantOf(value), isActive(value));
  }

  has(key: number): boolean {
    return this.places.has(key);
  }

  get(key: number): PollColumns | undefined {
    const place = this.places.get(key);
    return place === undefined ? undefined : this.at(place);
  }

  *[Symbol.iterator](): Generator<[number, PollColumns]> {
    for (const [key, place] of this.places) yield [key, this.at(place)];
  }

  private at(place: number): PollColumns {
    const [start, end] = [this.starts[place], this.starts[place + 1] ?? this.count];
    return {
      polledAtMs: this.polledAtMs.subarray(start, end),
      active: this.active.subarray(start, end),
      count: end - start,
    };
  }

  private grow(): void {
    const [polledAtMs, active] = [new Float64Array(this.count * 2), new Uint8Array(this.count * 2)];
    polledAtMs.set(this.polledAtMs);
    active.set(this.active);
    [this.polledAtMs, this.active] = [polledAtMs, active];
  }
}
