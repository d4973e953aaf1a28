import { formatInstant } from '../instant/instant.js';

/** What the encodings of store-days have in common: variable-length integers and a checksum. */

const FIRST_CAPACITY = 512;

/** Bytes of a day are not what was written. */
export class DamagedDay extends Error {}

/**
 * Reads a day's bytes into `day`, and says of which store and day they are when they are damaged.
 * @param what `polls`
 */
export function readDay(
  day: { read(piece: Piece, dayMs: number): void },
  piece: Piece,
  what: string,
  storeId: number,
  dayMs: number,
): void {
  try {
    day.read(piece, dayMs);
  } catch (error) {
    if (!(error instanceof DamagedDay)) throw error;
    const date = formatInstant(dayMs).slice(0, 10);
    throw new DamagedDay(`The ${what} of ${date} of store ${storeId} (store.id) are damaged: ${error.message}.`);
  }
}

/** Builds the bytes of one day after the other in the same memory. */
export class ByteWriter {
  private memory = new Uint8Array(FIRST_CAPACITY);
  private used = 0;

  /** Holds what was written, `length` bytes of it, until the next `start`. */
  get bytes(): Uint8Array {
    return this.memory;
  }

  get length(): number {
    return this.used;
  }

  start(version: number): void {
    this.used = 0;
    this.byte(version);
  }

  byte(value: number): void {
    if (this.used + 8 >= this.memory.length) this.grow();
    this.memory[this.used++] = value;
  }

  /** Seven bits a byte, the lowest first, the eighth says that more follow. @param value a whole number from 0 to 2^53 - 1 */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x1000_0000) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Adds the checksum. */
  end(): void {
    const sum = crc32(this.memory, 0, this.used);
    for (let shift = 0; shift < 32; shift += 8) this.byte((sum >>> shift) & 0xff);
  }

  private grow(): void {
    const larger = new Uint8Array(this.memory.length * 2);
    larger.set(this.memory);
    this.memory = larger;
  }
}

const CHECKSUM_BYTES = 4;

/** Bytes from index `start` to before `end`: rows are read where they lie, an object for each would cost more than reading it. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** All of some bytes. */
export const wholeOf = (bytes: Uint8Array): Piece => ({ bytes, start: 0, end: bytes.length });

/** Reads what a ByteWriter wrote. */
export class ByteReader {
  private bytes: Uint8Array = new Uint8Array();
  private at = 0;
  private last = 0;

  /** @throws DamagedDay when the checksum is not that of the bytes, or they are of a version that this program does not know */
  start({ bytes, start, end }: Piece, version: number): void {
    this.bytes = bytes;
    this.at = start + 1;
    this.last = end - CHECKSUM_BYTES;
    if (this.last < this.at) throw new DamagedDay(`${end - start} bytes are too few`);
    let sum = 0;
    for (let i = 0; i < CHECKSUM_BYTES; i++) sum |= bytes[this.last + i] << (8 * i);
    if (sum !== crc32(bytes, start, this.last)) throw new DamagedDay('the checksum does not match');
    if (bytes[start] !== version) throw new DamagedDay(`version ${bytes[start]} is not known, only ${version}`);
  }

  get isAtEnd(): boolean {
    return this.at >= this.last;
  }

  byte(): number {
    if (this.at >= this.last) throw new DamagedDay('the bytes end too early');
    return this.bytes[this.at++];
  }

  varint(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let unit = 0x80; ; unit *= 0x80) {
      if (unit > 2 ** 49) throw new DamagedDay('a number is too long');
      byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
  }
}

/** The table of the reversed polynomial 0xEDB88320. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as in ISO 3309, gzip and PNG, as a signed integer. */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
  let sum = -1;
  for (let at = start; at < end; at++) sum = CRC_TABLE[(sum ^ bytes[at]) & 0xff] ^ (sum >>> 8);
  return ~sum;
}
