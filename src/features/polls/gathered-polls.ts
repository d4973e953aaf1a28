import { instantOf, isActive } from '#libs/store-day/poll-day.js';
import type { PollColumns } from '#libs/uptime/segments.js';

/** Polls by a numeric key: a store's database id, or an index in a list. */
export interface PollsByKey extends Iterable<[key: number, polls: PollColumns]> {
  get(key: number): PollColumns | undefined;
}

const FIRST_CAPACITY = 4_096;

/**
 * The polls of many stores in shared columns, 9 bytes each. An array per store takes several times as much and leaves
 * outgrown buffers behind.
 */
export class GatheredPolls implements PollsByKey {
  private polledAtMs = new Float64Array(FIRST_CAPACITY);
  private active = new Uint8Array(FIRST_CAPACITY);
  private count = 0;
  /** The start of each key's polls. They end where those of the next key start. */
  private readonly starts: number[] = [];
  private readonly indexes = new Map<number, number>();
  private lastKey = NaN;

  /** Call in order of key and then of time. A repeated poll is ignored. */
  add(key: number, polledAtMs: number, active: boolean): void {
    if (key !== this.lastKey) {
      this.lastKey = key;
      this.indexes.set(key, this.starts.push(this.count) - 1);
    } else if (this.polledAtMs[this.count - 1] === polledAtMs) {
      return;
    }
    if (this.count === this.polledAtMs.length) this.grow();
    this.polledAtMs[this.count] = polledAtMs;
    this.active[this.count++] = active ? 1 : 0;
  }

  /** Like `add`, for an observation. */
  addObservation(key: number, value: number): void {
    this.add(key, instantOf(value), isActive(value));
  }

  has(key: number): boolean {
    return this.indexes.has(key);
  }

  get(key: number): PollColumns | undefined {
    const index = this.indexes.get(key);
    return index === undefined ? undefined : this.at(index);
  }

  *[Symbol.iterator](): Generator<[number, PollColumns]> {
    for (const [key, index] of this.indexes) yield [key, this.at(index)];
  }

  private at(index: number): PollColumns {
    const [start, end] = [this.starts[index], this.starts[index + 1] ?? this.count];
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
