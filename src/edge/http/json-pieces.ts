import { DomainError, invalidArgument } from '#libs/errors.js';

/** Bytes of list items that are parsed in one call: a fraction of a millisecond. */
const BYTES_PER_PARSE = 32 * 1024;

export const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

export function isBlankPart(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isBlank(bytes[at])) return false;
  return true;
}

/** Parses the items of a JSON list, many at a time. Beyond the limit they are only counted. */
export class ListPieces {
  /** The parsed items; incomplete if the list is too long. */
  readonly items: unknown[] = [];
  /** Number of complete items. */
  count = 0;
  private pieceItems = 0;

  /** @param pieceStart where the first item begins */
  constructor(
    private readonly bytes: Buffer,
    private pieceStart: number,
    private readonly maxItems: number,
  ) {}

  get isTooLong(): boolean {
    return this.count > this.maxItems;
  }

  /** Adds the item that ends with a comma at `end`. */
  add(end: number): void {
    this.count++;
    this.pieceItems++;
    if (end - this.pieceStart >= BYTES_PER_PARSE) this.parse(end);
  }

  /** Adds the item that ends with the list at `end`. */
  addLast(end: number): void {
    this.count++;
    this.pieceItems++;
    this.parse(end);
  }

  private parse(end: number): void {
    const { pieceStart, pieceItems } = this;
    this.pieceStart = end + 1;
    this.pieceItems = 0;
    if (this.isTooLong) return;
    const parsed = parsePart(this.bytes, pieceStart, end, true) as unknown[];
    // Whitespace alone would parse as an empty list, but an item is missing.
    if (parsed.length !== pieceItems) throw notJson('a value is missing', end);
    for (const item of parsed) this.items.push(item);
  }
}

/**
 * JSON.parse of a part of a text. Errors have the position in the whole text.
 * @param isList the part is the items of a list, without its brackets
 * @throws DomainError invalid_argument
 */
export function parsePart(bytes: Buffer, start: number, end: number, isList = false): unknown {
  const text = bytes.toString('utf8', start, end);
  try {
    return JSON.parse(isList ? `[${text}]` : text);
  } catch (error) {
    const [, position] = / at position (\d+)/.exec((error as Error).message) ?? [];
    const before = position === undefined ? '' : text.slice(0, Math.max(0, Number(position) - (isList ? 1 : 0)));
    throw notJson(reasonOf(error as Error), start + Buffer.byteLength(before), position === undefined ? 'after' : 'at');
  }
}

/** The first names of an object, given its text up to a comma. */
export function namesIn(beginning: string): string[] {
  try {
    return Object.keys(JSON.parse(`${beginning}}`) as object).slice(0, 3);
  } catch {
    return []; // the comma is nested deeper, or this is a list
  }
}

/** V8's message without its excerpt and position, which refer to the piece. */
const reasonOf = ({ message }: Error): string =>
  message.replace(/( in JSON)? at position.*|, (\.\.\.)?".*/s, '').replace(/^[A-Z]/, (first) => first.toLowerCase());

/** @param at a byte of the whole text */
export const notJson = (why: string, at: number, where: 'at' | 'after' = 'at'): DomainError =>
  new DomainError('invalid_argument', `The body is not JSON: ${why}, ${where} byte ${at}.`);

export const notAnObject = (): DomainError => invalidArgument('', 'The body must be a JSON object.');
