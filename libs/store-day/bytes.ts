import { formatInstant } from '../instant/instant.js';

/** Shared by the encodings of store-days: variable-length integers and a checksum. */

const FIRST_CAPACITY = 512;

/** The stored bytes of a day are corrupt. */
export class DamagedDay extends Error {}

/**
 * Decodes a day's bytes into `day`. An error names the store and the day.
 * @param what `polls` or `hours`
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
    throw new DamagedDay(`The ${what} of store ${storeId} (store.id) on ${date} are damaged: ${error.message}.`);
  }
}

/** Encodes one day after another in the same memory. */
export class ByteWriter {
  private memory = new Uint8Array(FIRST_CAPACITY);
  private used = 0;

  /** The encoded bytes. The first `length` of them are valid until the next `start`. */
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

  /**
   * Seven bits per byte, lowest first; the eighth bit means that more bytes follow.
   * @param value an integer from 0 to 2^53 - 1
   */
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

  /** Appends the checksum. */
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

/**
 * Bytes from index `start` up to, but not including, `end`. Rows are decoded in place, because allocating an object for
 * each would cost more than decoding it.
 */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A piece that covers the whole array. */
export const wholeOf = (bytes: Uint8Array): Piece => ({ bytes, start: 0, end: bytes.length });

/** Decodes what a ByteWriter wrote. */
export class ByteReader {
  private bytes: Uint8Array = new Uint8Array();
  private at = 0;
  private last = 0;

  /** @throws DamagedDay if the checksum does not match or this program does not support the version */
  start({ bytes, start, end }: Piece, version: number): void {
    this.bytes = bytes;
    this.at = start + 1;
    this.last = end - CHECKSUM_BYTES;
    if (this.last < this.at) throw new DamagedDay(`${end - start} bytes are too few`);
    let sum = 0;
    for (let i = 0; i < CHECKSUM_BYTES; i++) sum |= bytes[this.last + i] << (8 * i);
    if (sum !== crc32(bytes, start, this.last)) throw new DamagedDay('the checksum does not match');
    if (bytes[start] !== version) throw new DamagedDay(`the version must be ${version}, got ${bytes[start]}`);
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

/** Lookup table of the reversed polynomial 0xEDB88320. */
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
