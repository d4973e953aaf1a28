const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const BLANK = 0x20;
const BACKSLASH = 0x5c;

export const COMMA = 0x2c;
/** Those that a header line can show, the likeliest first. */
const DELIMITERS = [COMMA, 0x3b, 0x09];
/** Excel's line before the header that names the delimiter. */
const SEP_LINE = /^"?sep=([,;\t|])"?[^\S\t]*$/i;

/** The delimiter that a line `sep=;` names, or undefined when the line is none. */
export const namedDelimiter = (line: string): number | undefined => SEP_LINE.exec(line)?.[1].charCodeAt(0);

/** The delimiter of a header line: the one of comma, semicolon and tab that occurs most often. */
export function delimiterOf(bytes: Buffer, start: number, end: number): number {
  const counts = DELIMITERS.map(() => 0);
  for (let at = start; at < end; at++) {
    const index = DELIMITERS.indexOf(bytes[at]);
    if (index !== -1) counts[index]++;
  }
  return DELIMITERS[counts.indexOf(Math.max(...counts))];
}

/** Where a cell lies. */
interface Cell {
  /** First byte of its content, and one past the last. */
  readonly start: number;
  readonly end: number;
  /** The delimiter or the line's end behind it. */
  readonly next: number;
  readonly quoted: boolean;
}

/** `more`: what decides it comes after `end`; `unclosed`: a quote that is never closed, in so far as bytes can tell. */
type Undecided = 'more' | 'unclosed';

/**
 * Reads the cell at `at`. A quote opens a quoted cell only at the cell's start (blanks before it are no part of the cell), and
 * closes it only before a delimiter or the end of a line: so `12" Sub` is plain text, also within quotes, and `\"` stands for
 * `""`. A cell with such quotes ends on its line: RFC 4180's own quotes may hold line breaks.
 */
function readCell(bytes: Buffer, at: number, end: number, delimiter: number): Cell | Undecided {
  let open = at;
  while (bytes[open] === BLANK && open < end) open++;
  if (open >= end || bytes[open] !== QUOTE) return plainCell(bytes, at, end, delimiter);
  let [isStray, lines] = [false, 0];
  for (let place = open + 1; place < end; place++) {
    if (bytes[place] === LF) {
      if (isStray) return plainCell(bytes, at, end, delimiter);
      lines++;
    }
    if (bytes[place] !== QUOTE) continue;
    const isEscaped = bytes[place - 1] === BACKSLASH;
    let behind = place + 1;
    while (behind < end && bytes[behind] === QUOTE) behind++;
    const isOdd = (behind - place) % 2 === 1;
    let next = behind;
    while (next < end && bytes[next] === BLANK) next++;
    if (next >= end) return 'more';
    if ((isOdd || isEscaped) && (bytes[next] === delimiter || bytes[next] === LF || bytes[next] === CR)) {
      return { start: open + 1, end: behind - 1, next, quoted: true };
    }
    if (isOdd && lines > 0) return 'unclosed';
    isStray ||= isOdd;
    place = behind - 1;
  }
  return 'more';
}

function plainCell(bytes: Buffer, start: number, end: number, delimiter: number): Cell {
  let next = start;
  while (next < end && bytes[next] !== delimiter && bytes[next] !== LF) next++;
  return { start, end: next, next, quoted: false };
}

/**
 * The line's end of the record that begins at `start`, and how many lines it has.
 * @param end where the bytes at hand end
 */
export function endOfRecord(
  bytes: Buffer,
  start: number,
  end: number,
  delimiter: number,
): { end: number; lines: number } | Undecided {
  let lines = 1;
  for (let at = start; ;) {
    const cell = readCell(bytes, at, end, delimiter);
    if (typeof cell === 'string') return cell;
    let next = cell.next;
    if (cell.quoted) {
      for (let lf = bytes.indexOf(LF, cell.start); lf !== -1 && lf < cell.end; lf = bytes.indexOf(LF, lf + 1)) lines++;
      while (bytes[next] === CR) next++;
    }
    if (next >= end) return 'more';
    if (bytes[next] === LF) return { end: next, lines };
    at = next + 1;
  }
}

/**
 * The cells of a record that `endOfRecord` has found the end of.
 * @param quoted whether it holds a quote
 */
export function fieldsOf(bytes: Buffer, start: number, end: number, quoted: boolean, delimiter: number): string[] {
  if (!quoted) return bytes.toString('utf8', start, end).split(String.fromCharCode(delimiter));
  // with the line's end that closes the last cell
  const record = Buffer.alloc(end - start + 1, LF);
  bytes.copy(record, 0, start, end);
  const fields: string[] = [];
  for (let at = 0; ;) {
    const cell = readCell(record, at, record.length, delimiter);
    if (typeof cell === 'string') return [...fields, record.toString('utf8', at, record.length - 1)];
    const text = record.toString('utf8', cell.start, cell.end);
    fields.push(cell.quoted ? text.replaceAll(/""|\\"/g, '"') : text);
    if (record[cell.next] !== delimiter) return fields;
    at = cell.next + 1;
  }
}
