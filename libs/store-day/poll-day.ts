import { DAY_MS } from '../instant/instant.js';
import { ByteReader, type ByteWriter, DamagedDay, type Piece } from './bytes.js';

/**
 * The polls of one store and UTC day as bytes: a version, then for each poll in order of time a varint of
 * `delta * 2 + active`, where delta is the ms since the poll before, or since the day's start; then a CRC-32. An hourly poll takes
 * 4 bytes, one every five minutes 3.
 */

const VERSION = 1;
const FIRST_CAPACITY = 1_440;

/** An observation is `epoch ms * 2 + active`: in order of time, and of two at one instant the inactive one comes first. */
export const observation = (polledAtMs: number, active: boolean): number => polledAtMs * 2 + (active ? 1 : 0);
export const instantOf = (value: number): number => Math.floor(value / 2);
export const isActive = (value: number): boolean => value % 2 === 1;

/**
 * @param observations strictly ascending in time; those from index `from` to before `to` are of the day
 */
export function encodePolls(
  writer: ByteWriter,
  dayMs: number,
  observations: ArrayLike<number>,
  from: number,
  to: number,
): void {
  writer.start(VERSION);
  let before = dayMs;
  for (let i = from; i < to; i++) {
    const value = observations[i];
    writer.varint(value - before * 2);
    before = Math.floor(value / 2);
  }
  writer.end();
}

/** The polls of one day after the other, in the same memory. */
export class PollDay {
  observations = new Float64Array(FIRST_CAPACITY);
  count = 0;
  private readonly reader = new ByteReader();

  /** @throws DamagedDay */
  read(piece: Piece, dayMs: number): void {
    const { reader } = this;
    reader.start(piece, VERSION);
    this.count = 0;
    let beforeMs = dayMs;
    while (!reader.isAtEnd) {
      const value = beforeMs * 2 + reader.varint();
      const ms = Math.floor(value / 2);
      if (ms >= dayMs + DAY_MS) throw new DamagedDay('a poll lies outside of the day');
      if (ms === beforeMs && this.count > 0) throw new DamagedDay('two polls lie at one instant');
      if (this.count === this.observations.length) this.grow();
      this.observations[this.count++] = value;
      beforeMs = ms;
    }
  }

  private grow(): void {
    const larger = new Float64Array(this.observations.length * 2);
    larger.set(this.observations);
    this.observations = larger;
  }
}

/** What came of a merge. */
export interface Merged {
  /** All observations, strictly ascending in time. */
  readonly observations: Float64Array;
  /** Of `added`, at each index: whether it changed what is known. */
  readonly changed: Uint8Array;
  readonly changes: number;
}

/** Adds polls to those that are known: of two at one instant inactive wins. Both strictly ascending in time. */
export function mergePolls(known: Float64Array, added: Float64Array): Merged {
  const observations = new Float64Array(known.length + added.length);
  const changed = new Uint8Array(added.length);
  let [count, changes, k] = [0, 0, 0];
  for (let a = 0; a < added.length; a++) {
    const ms = Math.floor(added[a] / 2);
    while (k < known.length && Math.floor(known[k] / 2) < ms) observations[count++] = known[k++];
    const isKnown = k < known.length && Math.floor(known[k] / 2) === ms;
    if (!isKnown || added[a] < known[k]) {
      changed[a] = 1;
      changes++;
    }
    observations[count++] = isKnown ? Math.min(added[a], known[k++]) : added[a];
  }
  while (k < known.length) observations[count++] = known[k++];
  return { observations: observations.subarray(0, count), changed, changes };
}
