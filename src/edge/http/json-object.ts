import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DomainError, invalidArgument, quoteValue } from '#libs/errors.js';
import { ListPieces, isBlank, isBlankPart, namesIn, notAnObject, notJson, parsePart } from './json-pieces.js';

/** The allowed shape of a body. */
export interface ObjectShape {
  /** Names of its fields. */
  readonly fields: ReadonlySet<string>;
  /** How many items a list in that field may have. */
  readonly maxItems: (field: string) => number;
}

/** A body, read according to its shape. */
export interface ReadObject {
  /** Known fields, without lists that are too long. */
  readonly value: Readonly<Record<string, unknown>>;
  /** The first unknown names, in the order of the body. */
  readonly unknown: readonly string[];
  /** Number of unknown names. Reading stops at MAX_UNKNOWN_COUNTED. */
  readonly unknownCount: number;
  /** Lists that are too long, with their number of items. */
  readonly tooLong: ReadonlyMap<string, number>;
}

/** Nesting depth. No request needs more than three. */
export const MAX_LEVELS = 16;
/** Size of a field's value, or of one item of a list, including whitespace around it. An escaped URL takes up to 12 kB. */
export const MAX_PART_BYTES = 16 * 1024;
/** Values nested in a field's value, or in one item of a list. A poll has three. */
export const MAX_PART_VALUES = 64;
/** Size of a field's name. */
const MAX_NAME_BYTES = 255;
/** Unknown names that an error lists. */
const MAX_UNKNOWN_NAMED = 20;
/** So many unknown names are not a typo: the rest is not read. */
export const MAX_UNKNOWN_COUNTED = 1_000;

/** Bytes scanned before yielding the event loop: at most 1 ms. */
const BYTES_PER_TURN = 64 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

type State = 'begin' | 'name or end' | 'name' | 'colon' | 'value' | 'part' | 'next' | 'end';

/**
 * Reads a JSON object of any size in steps, so that no body blocks the event loop. JSON.parse takes seconds for 20 MB of empty
 * lists or of keys, and cannot be interrupted. Instead, a scan finds where fields and list items begin and end, and JSON.parse
 * reads them in pieces. Sizes and counts are checked before the contents. Unknown fields are not parsed.
 * @throws DomainError invalid_argument if it is not JSON, not an object, nested too deeply, has a field twice, or a part is too large
 */
export async function readJsonObject(bytes: Buffer, shape: ObjectShape): Promise<ReadObject> {
  const reader = new ObjectReader(bytes, shape);
  while (!reader.isOver && !reader.advance(BYTES_PER_TURN)) await nextTurn();
  return reader.result();
}

class ObjectReader {
  private readonly value = new Map<string, unknown>();
  private readonly tooLong = new Map<string, number>();
  private readonly unknown: string[] = [];
  private unknownCount = 0;

  private at = 0;
  private state: State = 'begin';
  private isInString = false;
  /** Closing brackets expected for the open ones inside the object. */
  private readonly closing = new Uint8Array(MAX_LEVELS);
  private open = 0;

  /** The current field. Undefined: its name is unknown. */
  private field: string | undefined;
  /** The current list. Undefined: the value is not a list. */
  private list: ListPieces | undefined;
  /** Start of the current part: a field's value, or an item if that value is a list. */
  private partStart = 0;
  private partValues = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly shape: ObjectShape,
  ) {
    if (bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) this.at = BYTE_ORDER_MARK.length;
  }

  /** Whether the rest can be skipped. */
  get isOver(): boolean {
    return this.unknownCount >= MAX_UNKNOWN_COUNTED;
  }

  /** @returns whether everything is read */
  advance(count: number): boolean {
    const { bytes } = this;
    const stop = Math.min(this.at + count, bytes.length);
    while (this.at < stop && !this.isOver) {
      if (this.isInString) this.scanString(stop);
      else if (this.state === 'part') this.scanPart(stop);
      else this.take(bytes[this.at]);
    }
    return this.at >= bytes.length;
  }

  result(): ReadObject {
    if (this.state === 'begin') throw notAnObject();
    if (!this.isOver && (this.state !== 'end' || this.isInString))
      throw notJson('it ends too early', this.bytes.length);
    const { unknown, unknownCount, tooLong } = this;
    return { value: Object.fromEntries(this.value), unknown, unknownCount, tooLong };
  }

  /** Handles a byte outside a field's value. */
  private take(byte: number): void {
    const { at } = this;
    if (this.state === 'value') {
      this.begin(byte);
      return;
    }
    this.at++;
    if (isBlank(byte)) return;
    switch (this.state) {
      case 'begin':
        if (byte !== OPEN_OBJECT) throw notAnObject();
        this.state = 'name or end';
        return;
      case 'name or end':
      case 'name':
        if (byte === QUOTE) this.name(at);
        else if (byte === CLOSE_OBJECT && this.state === 'name or end') this.state = 'end';
        else throw notJson('a field name in double quotes is expected', at);
        return;
      case 'colon':
        if (byte !== COLON) throw notJson('a colon is expected after the name', at);
        this.state = 'value';
        this.partStart = this.at;
        return;
      case 'next':
        if (byte === COMMA) this.state = 'name';
        else if (byte === CLOSE_OBJECT) this.state = 'end';
        else throw notJson('a comma or } is expected after a value', at);
        return;
      default:
        throw notJson('unexpected text after the object', at);
    }
  }

  private name(start: number): void {
    const { bytes } = this;
    let end = start + 1;
    while (end < bytes.length && bytes[end] !== QUOTE) {
      end += bytes[end] === BACKSLASH ? 2 : 1;
      if (end - start > MAX_NAME_BYTES) {
        const shown = quoteValue(bytes.toString('utf8', start + 1, end));
        throw invalidArgument('', `The field name ${shown} has more than ${MAX_NAME_BYTES} bytes.`);
      }
    }
    if (end >= bytes.length) throw notJson('it ends too early', bytes.length);
    this.at = end + 1;
    const name = parsePart(this.bytes, start, this.at) as string;
    this.field = this.shape.fields.has(name) ? name : undefined;
    if (this.value.has(name) || this.tooLong.has(name)) {
      throw invalidArgument(name, `${name}: occurs more than once; send it once.`);
    }
    if (this.field === undefined && ++this.unknownCount <= MAX_UNKNOWN_NAMED) this.unknown.push(name);
    this.state = 'colon';
  }

  /** Handles the first byte of a value. */
  private begin(byte: number): void {
    if (isBlank(byte)) {
      this.at++;
      this.checkSize();
      return;
    }
    this.list = undefined;
    this.open = 0;
    this.partValues = 1;
    if (byte === OPEN_LIST && this.field !== undefined) {
      this.push(CLOSE_LIST);
      this.at++;
      this.partStart = this.at;
      this.list = new ListPieces(this.bytes, this.at, this.shape.maxItems(this.field));
    }
    this.state = 'part';
  }

  /** Scans a string up to its end or `stop`. */
  private scanString(stop: number): void {
    const { bytes } = this;
    let { at } = this;
    while (at < stop) {
      const byte = bytes[at++];
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) {
        this.isInString = false;
        break;
      }
    }
    this.at = at;
    this.checkSize();
  }

  /** Scans a value up to the next string, the end of the part, or `stop`. */
  private scanPart(stop: number): void {
    const { bytes } = this;
    while (this.at < stop && this.state === 'part' && !this.isInString) {
      const at = this.at++;
      const byte = bytes[at];
      if (byte === QUOTE) this.isInString = true;
      else if (byte === COMMA) this.comma(at);
      else if (byte === OPEN_OBJECT) this.push(CLOSE_OBJECT);
      else if (byte === OPEN_LIST) this.push(CLOSE_LIST);
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.pop(byte, at);
    }
    this.checkSize();
  }

  private push(closing: number): void {
    // the object itself is the first level
    if (this.open + 1 === MAX_LEVELS)
      throw invalidArgument('', `The body is nested more than ${MAX_LEVELS} levels deep.`);
    this.closing[this.open++] = closing;
  }

  private pop(byte: number, at: number): void {
    if (this.open === 0) {
      // the last value of the object, not a list, ends with it
      if (byte !== CLOSE_OBJECT) throw notJson('a comma or } is expected after a value', at);
      this.endValue(at);
      this.state = 'end';
      return;
    }
    if (this.closing[--this.open] !== byte) throw notJson('mismatched closing bracket', at);
    if (this.open === 0 && this.list) this.endList(this.list, at);
  }

  private comma(at: number): void {
    if (this.list && this.open === 1) this.endItem(this.list, at);
    else if (this.open === 0) {
      this.endValue(at);
      this.state = 'name';
    } else if (++this.partValues > MAX_PART_VALUES && this.isRead()) {
      throw this.tooMany(at);
    }
  }

  private endItem(list: ListPieces, at: number): void {
    this.checkSize();
    list.add(at);
    this.partStart = this.at;
    this.partValues = 1;
  }

  private endList(list: ListPieces, at: number): void {
    const isEmpty = list.count === 0 && isBlankPart(this.bytes, this.partStart, at);
    if (!isEmpty) list.addLast(at);
    const field = this.field!;
    if (list.isTooLong) this.tooLong.set(field, list.count);
    else this.value.set(field, list.items);
    this.list = undefined;
    this.state = 'next';
  }

  /** Ends a value that is not a list, or that is not parsed. */
  private endValue(at: number): void {
    this.checkSize();
    if (this.field !== undefined) this.value.set(this.field, parsePart(this.bytes, this.partStart, at));
  }

  /** Whether the current part is parsed. One that is only counted or skipped may be of any size. */
  private isRead(): boolean {
    return this.field !== undefined && this.list?.isTooLong !== true;
  }

  private checkSize(): void {
    if (this.at - this.partStart <= MAX_PART_BYTES || this.state === 'next' || !this.isRead()) return;
    const path = this.path();
    throw invalidArgument(path, `${path}: has more than ${MAX_PART_BYTES} bytes.`);
  }

  /** Lists the first names: so many fields are probably a mistake. */
  private tooMany(at: number): DomainError {
    const path = this.path();
    const names = namesIn(this.bytes.toString('utf8', this.partStart, at));
    const such = names.length > 0 ? `, such as ${names.map((name) => quoteValue(name)).join(', ')}` : '';
    return invalidArgument(path, `${path}: has more than ${MAX_PART_VALUES} values${such}.`);
  }

  private path(): string {
    return this.list ? `${this.field}[${this.list.count}]` : this.field!;
  }
}
