import { randomInt } from 'node:crypto';

const FIRST_SLOTS = 4_096;

/**
 * Numbers distinct byte strings in order of first appearance, like a Map from strings, but without creating a string
 * for every row. This and not creating status strings reads two million rows in 0.8 s instead of 1.7 s
 * (docs/performance.md).
 */
export class ByteKeys {
  /** Open addressing (Knuth, TAOCP 6.4, algorithm L): each slot holds the key's number + 1, or 0 when empty. */
  private slots = new Int32Array(FIRST_SLOTS);
  private readonly hashes: number[] = [];
  /** All keys, concatenated; key n ends where key n + 1 starts. */
  private bytes = Buffer.allocUnsafe(64 * 1024);
  private readonly starts: number[] = [0];

  /** The number of the key at `[start, end)` of `source`, or -1 if it is new. */
  find(source: Uint8Array, start: number, end: number): number {
    return this.slots[this.slotOf(source, start, end, hashOf(source, start, end))] - 1;
  }

  /** Adds a key that `find` did not find. @returns its number */
  add(source: Uint8Array, start: number, end: number): number {
    const used = this.starts.at(-1)!;
    if (used + end - start > this.bytes.length) {
      this.bytes = Buffer.concat([this.bytes], Math.max(this.bytes.length * 2, used + end - start));
    }
    this.bytes.set(source.subarray(start, end), used);
    const hash = hashOf(source, start, end);
    this.slots[this.slotOf(source, start, end, hash)] = this.hashes.push(hash);
    this.starts.push(used + end - start);
    if (this.hashes.length * 2 > this.slots.length) this.widen();
    return this.hashes.length - 1;
  }

  /** The slot of the key, or the free slot where it belongs. */
  private slotOf(source: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    while (this.slots[slot] !== 0 && !this.holds(this.slots[slot] - 1, source, start, end)) slot = (slot + 1) & mask;
    return slot;
  }

  private holds(key: number, source: Uint8Array, start: number, end: number): boolean {
    const offset = this.starts[key] - start;
    if (this.starts[key + 1] - offset !== end) return false;
    for (let at = start; at < end; at++) if (this.bytes[offset + at] !== source[at]) return false;
    return true;
  }

  private widen(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    const mask = this.slots.length - 1;
    for (const [key, hash] of this.hashes.entries()) {
      let slot = hash & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = key + 1;
    }
  }
}

/** Random for each process, so that nobody can craft keys that collide. */
const OFFSET_BASIS = randomInt(2 ** 31);

/** FNV-1a, 32 bits (draft-eastlake-fnv), with a random offset basis. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = OFFSET_BASIS;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash ^ (hash >>> 15);
}
