const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const BLANK = 0x20;
const BACKSLASH = 0x5c;

export const COMMA = 0x2c;
/** Delimiters recognised in a header line, the likeliest first. */
const DELIMITERS = [COMMA, 0x3b, 0x09];
/** Excel's line before the header that names the delimiter. */
const SEP_LINE = /^"?sep=([,;\t|])"?[^\S\t]*$/i;

/** The delimiter named by a line `sep=;`, or undefined for any other line. */
export const namedDelimiter = (line: string): number | undefined => SEP_LINE.exec(line)?.[1].charCodeAt(0);

/** The delimiter of a header line: whichever of comma, semicolon and tab is most frequent. */
export function delimiterOf(bytes: Buffer, start: number, end: number): number {
  const counts = DELIMITERS.map(() => 0);
  for (let at = start; at < end; at++) {
    const index = DELIMITERS.indexOf(bytes[at]);
    if (index !== -1) counts[index]++;
  }
  return DELIMITERS[counts.indexOf(Math.max(...counts))];
}

/** The position of a cell. */
interface Cell {
  /** First byte of its content, and one past the last. */
  readonly start: number;
  readonly end: number;
  /** The delimiter or line end after it. */
  readonly next: number;
  readonly quoted: boolean;
}

/** `more`: bytes after `end` decide; `unclosed`: a quote appears never to be closed. */
type Undecided = 'more' | 'unclosed';

/**
 * Reads the cell at `at`. A quote opens a quoted cell only at the cell's start (after blanks, which are dropped) and
 * closes it only before a delimiter or line end. So `12" Sub` is plain text, also within quotes, and `\"` means `""`. A
 * cell with such stray quotes ends on its line; only a properly quoted cell (RFC 4180) may contain line breaks.
 */
function readCell(bytes: Buffer, at: number, end: number, delimiter: number): Cell | Undecided {
  let open = at;
  while (bytes[open] === BLANK && open < end) open++;
  if (open >= end || bytes[open] !== QUOTE) return plainCell(bytes, at, end, delimiter);
  let [isStray, lines] = [false, 0];
  for (let position = open + 1; position < end; position++) {
    if (bytes[position] === LF) {
      if (isStray) return plainCell(bytes, at, end, delimiter);
      lines++;
    }
    if (bytes[position] !== QUOTE) continue;
    const isEscaped = bytes[position - 1] === BACKSLASH;
    let afterQuotes = position + 1;
    while (afterQuotes < end && bytes[afterQuotes] === QUOTE) afterQuotes++;
    const isOdd = (afterQuotes - position) % 2 === 1;
    let next = afterQuotes;
    while (next < end && bytes[next] === BLANK) next++;
    if (next >= end) return 'more';
    if ((isOdd || isEscaped) && (bytes[next] === delimiter || bytes[next] === LF || bytes[next] === CR)) {
      return { start: open + 1, end: afterQuotes - 1, next, quoted: true };
    }
    if (isOdd && lines > 0) return 'unclosed';
    isStray ||= isOdd;
    position = afterQuotes - 1;
  }
  return 'more';
}

function plainCell(bytes: Buffer, start: number, end: number, delimiter: number): Cell {
  let next = start;
  while (next < end && bytes[next] !== delimiter && bytes[next] !== LF) next++;
  return { start, end: next, next, quoted: false };
}

/**
 * The end of the record that begins at `start`, and its number of lines.
 * @param end the end of the available bytes
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
 * The cells of a record whose end `endOfRecord` found.
 * @param quoted whether the record contains a quote
 */
export function fieldsOf(bytes: Buffer, start: number, end: number, quoted: boolean, delimiter: number): string[] {
  if (!quoted) return bytes.toString('utf8', start, end).split(String.fromCharCode(delimiter));
  // with a line end, which closes the last cell
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

/**
 * Whether both bytes are visible ASCII, so that the text has no blank at either end. ASCII blanks, and the first and
 * last bytes of all other blanks, are outside this range.
 */
export const isGraphic = (first: number, last: number): boolean =>
  first > 0x20 && first < 0x7f && last > 0x20 && last < 0x7f;
