import { randomInt } from 'node:crypto';
import { Int32Column } from './int32-column.js';

const FIRST_SLOTS = 4_096;

/** Keys are stored in blocks, so that growing copies nothing. */
const BLOCK_BITS = 20;
const BLOCK_BYTES = 2 ** BLOCK_BITS;
/** Each key is preceded by its length. */
const LENGTH_BYTES = 2;
const MAX_KEY_BYTES = 2 ** 16 - 1;

/**
 * Numbers distinct byte strings in order of first appearance, like a Map from strings, but without creating a string
 * for every row. This and not creating status strings reads two million rows in 0.8 s instead of 1.7 s
 * (docs/performance.md). A million keys of 36 bytes take 54 MB, in a Map more than 100 MB.
 */
export class ByteKeys {
  /** The number of keys. */
  size = 0;
  /** Open addressing (Knuth, TAOCP 6.4, algorithm L): each slot holds the key's number + 1, or 0 when empty. */
  private slots = new Int32Array(FIRST_SLOTS);
  private readonly blocks: Uint8Array[] = [];
  private usedInBlock = BLOCK_BYTES;
  /** Where each key's length is: the block's number in the high bits, and the offset in it. */
  private readonly positions = new Int32Column();

  /** The number of the key at `[start, end)` of `source`, or -1 if it is new. */
  find(source: Uint8Array, start: number, end: number): number {
    return this.slots[this.slotOf(source, start, end)] - 1;
  }

  /** Adds a key that `find` did not find. @returns its number */
  add(source: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > MAX_KEY_BYTES) throw new RangeError(`a key must have at most ${MAX_KEY_BYTES} bytes, got ${length}`);
    if (this.size * 2 >= this.slots.length) this.widen();
    this.slots[this.slotOf(source, start, end)] = this.size + 1;
    this.positions.set(this.size, this.store(source, start, length));
    return this.size++;
  }

  /** The key with this number. */
  text(key: number): string {
    const position = this.positions.get(key);
    const block = this.blocks[position >>> BLOCK_BITS];
    const start = (position & (BLOCK_BYTES - 1)) + LENGTH_BYTES;
    return Buffer.from(block.buffer, block.byteOffset + start, lengthAt(block, start - LENGTH_BYTES)).toString('utf8');
  }

  /** @returns the position of the stored key */
  private store(source: Uint8Array, start: number, length: number): number {
    if (this.usedInBlock + LENGTH_BYTES + length > BLOCK_BYTES) {
      this.blocks.push(new Uint8Array(BLOCK_BYTES));
      this.usedInBlock = 0;
    }
    const block = this.blocks.at(-1)!;
    const position = (this.blocks.length - 1) * BLOCK_BYTES + this.usedInBlock;
    block[this.usedInBlock] = length & 0xff;
    block[this.usedInBlock + 1] = length >>> 8;
    block.set(source.subarray(start, start + length), this.usedInBlock + LENGTH_BYTES);
    this.usedInBlock += LENGTH_BYTES + length;
    return position;
  }

  /** The slot of the key, or the free slot where it belongs. */
  private slotOf(source: Uint8Array, start: number, end: number): number {
    const mask = this.slots.length - 1;
    let slot = hashOf(source, start, end) & mask;
    while (this.slots[slot] !== 0 && !this.holds(this.slots[slot] - 1, source, start, end)) slot = (slot + 1) & mask;
    return slot;
  }

  private holds(key: number, source: Uint8Array, start: number, end: number): boolean {
    const position = this.positions.get(key);
    const block = this.blocks[position >>> BLOCK_BITS];
    const at = position & (BLOCK_BYTES - 1);
    if (lengthAt(block, at) !== end - start) return false;
    const offset = at + LENGTH_BYTES - start;
    for (let i = start; i < end; i++) if (block[offset + i] !== source[i]) return false;
    return true;
  }

  private widen(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let key = 0; key < this.size; key++) {
      const position = this.positions.get(key);
      const block = this.blocks[position >>> BLOCK_BITS];
      const start = (position & (BLOCK_BYTES - 1)) + LENGTH_BYTES;
      let slot = hashOf(block, start, start + lengthAt(block, start - LENGTH_BYTES)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = key + 1;
    }
    this.slots = slots;
  }
}

const lengthAt = (block: Uint8Array, at: number): number => block[at] | (block[at + 1] << 8);

/** Random for each process, so that nobody can craft keys that collide. */
const OFFSET_BASIS = randomInt(2 ** 31);

/** FNV-1a, 32 bits (draft-eastlake-fnv), with a random offset basis. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = OFFSET_BASIS;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash ^ (hash >>> 15);
}
