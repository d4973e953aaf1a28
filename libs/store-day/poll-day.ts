import { DAY_MS } from '../instant/instant.js';
import { ByteReader, type ByteWriter, DamagedDay, type Piece } from './bytes.js';

/**
 * Encodes the polls of one store and UTC day: a version; for each poll in chronological order, a varint of `delta * 2 +
 * active`, where delta is the ms since the previous poll or the start of the day; then a CRC-32. An hourly poll takes 4
 * bytes, one every five minutes takes 3.
 */

const VERSION = 1;
const FIRST_CAPACITY = 1_440;

/** An observation is `epoch ms * 2 + active`. So observations sort by time, and at one instant inactive comes first. */
export const observation = (polledAtMs: number, active: boolean): number => polledAtMs * 2 + (active ? 1 : 0);
export const instantOf = (value: number): number => Math.floor(value / 2);
export const isActive = (value: number): boolean => value % 2 === 1;

/**
 * @param observations strictly ascending in time; those from index `from` up to, but not including, `to` are of the day
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

/** Decodes the polls of one day after another in the same memory. */
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
      if (ms >= dayMs + DAY_MS) throw new DamagedDay('a poll is outside the day');
      if (ms === beforeMs && this.count > 0) throw new DamagedDay('two polls have the same instant');
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

/** The result of a merge. */
export interface Merged {
  /** All observations, strictly ascending in time. */
  readonly observations: Float64Array;
  /** For each index of `added`, 1 if that poll changed the result. */
  readonly changed: Uint8Array;
  readonly changes: number;
}

/**
 * Merges new polls into the known ones. Of two at one instant, inactive wins. Both must be strictly ascending in time.
 */
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
