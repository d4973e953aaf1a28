import { HOUR_MS } from '../instant/instant.js';
import type { HourRows } from '../uptime/hour-rows.js';
import { ByteReader, type ByteWriter, DamagedDay, type Piece } from './bytes.js';

/**
 * Encodes the hours of one store and UTC day: a version; the first hour that has a row; the number of rows; for each
 * row a byte that describes the hour, followed by the numbers that the byte does not cover; then a CRC-32.
 *
 * Bits of that byte: 2 for the open time (none, the whole hour, or a number follows), 3 for the parts (which one covers
 * all open time, or four numbers follow: up, down, carried up, carried down), 3 for the polls (0 to 6, or a number
 * follows).
 */

const VERSION = 1;
const HOURS = 24;

const Open = { none: 0, whole: 1, number: 2 } as const;
/** Follows the four parts that have a column: up, down, carried up, carried down. */
const UNKNOWN = 4;
const MIXED = 5;
const MANY_POLLS = 7;

/**
 * @param rows must include all hours of the day from its first row on
 * @param from index of the day's first row
 * @param to   index after the day's last row
 */
export function encodeHours(writer: ByteWriter, dayMs: number, rows: HourRows, from: number, to: number): void {
  writer.start(VERSION);
  writer.byte((rows.firstHourMs + from * HOUR_MS - dayMs) / HOUR_MS);
  writer.byte(to - from);
  for (let i = from; i < to; i++) {
    const openMs = rows.openMs[i];
    const upMs = rows.upMs[i];
    const downMs = rows.downMs[i];
    const carriedUpMs = rows.carriedUpMs[i];
    const carriedDownMs = rows.carriedDownMs[i];
    const polls = rows.polls[i];
    const open = openMs === 0 ? Open.none : openMs === HOUR_MS ? Open.whole : Open.number;
    const kind =
      upMs + downMs + carriedUpMs + carriedDownMs === 0
        ? UNKNOWN
        : upMs === openMs
          ? 0
          : downMs === openMs
            ? 1
            : carriedUpMs === openMs
              ? 2
              : carriedDownMs === openMs
                ? 3
                : MIXED;
    writer.byte(open | (kind << 2) | (Math.min(polls, MANY_POLLS) << 5));
    if (open === Open.number) writer.varint(openMs);
    if (kind === MIXED) {
      writer.varint(upMs);
      writer.varint(downMs);
      writer.varint(carriedUpMs);
      writer.varint(carriedDownMs);
    }
    if (polls >= MANY_POLLS) writer.varint(polls);
  }
  writer.end();
}

/** Decodes the hours of one day after another in the same memory. Index 0 is the day's first hour with a row. */
export class HourDay {
  firstHourMs = 0;
  count = 0;
  readonly openMs = new Int32Array(HOURS);
  readonly upMs = new Int32Array(HOURS);
  readonly downMs = new Int32Array(HOURS);
  readonly carriedUpMs = new Int32Array(HOURS);
  readonly carriedDownMs = new Int32Array(HOURS);
  readonly polls = new Int32Array(HOURS);
  private readonly columns = [this.upMs, this.downMs, this.carriedUpMs, this.carriedDownMs];
  private readonly reader = new ByteReader();

  /** @throws DamagedDay */
  read(piece: Piece, dayMs: number): void {
    const { reader } = this;
    reader.start(piece, VERSION);
    const first = reader.byte();
    this.count = reader.byte();
    if (first + this.count > HOURS) throw new DamagedDay('hours are outside the day');
    this.firstHourMs = dayMs + first * HOUR_MS;
    for (let i = 0; i < this.count; i++) this.readHour(i);
    if (!reader.isAtEnd) throw new DamagedDay('more bytes follow the last hour');
  }

  private readHour(i: number): void {
    const { reader, columns } = this;
    const byte = reader.byte();
    const open = byte & 3;
    const kind = (byte >> 2) & 7;
    const openMs = open === Open.none ? 0 : open === Open.whole ? HOUR_MS : reader.varint();
    this.openMs[i] = openMs;
    let known = 0;
    for (let part = 0; part < columns.length; part++) {
      columns[part][i] = kind === MIXED ? reader.varint() : kind === part ? openMs : 0;
      known += columns[part][i];
    }
    if (openMs > HOUR_MS || known > openMs) throw new DamagedDay('the parts of an hour exceed its open time');
    const polls = byte >> 5;
    this.polls[i] = polls === MANY_POLLS ? reader.varint() : polls;
  }
}
