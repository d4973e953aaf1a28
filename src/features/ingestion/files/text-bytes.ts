import { TextDecoder } from 'node:util';

const LF = 0x0a;
const CR = 0x0d;

/** The first bytes of file formats that are not text. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ['PK\x03\x04', 'a zip archive (an Excel workbook?)'],
  ['PK\x05\x06', 'a zip archive (an Excel workbook?)'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook'],
  ['%PDF', 'a PDF document'],
  ['PAR1', 'a Parquet file'],
  ['SQLi', 'an SQLite database'],
  ['BZh', 'bzip2 data'],
  ['\xfd7zX', 'xz data'],
  ['\x28\xb5\x2f\xfd', 'zstd data'],
  ['<!DO', 'a web page'],
  ['<htm', 'a web page'],
];
const SIGNATURE_BYTES = 4;

/**
 * Normalises text to UTF-8 with LF or CRLF. Handles UTF-16 with a byte-order mark, byte-order marks, a lone CR as a
 * line end, and CR CR LF, which some Windows programs write as one line end. A CR inside quotes becomes LF too; no cell
 * that is read contains one.
 */
export class TextBytes {
  /** Why the file is not text, phrased to follow "its first line". */
  problem: string | undefined;
  /** The first bytes, until there are enough to recognise the format. */
  private head: Buffer | undefined = Buffer.alloc(0);
  private decoder: TextDecoder | undefined;
  /** One or two trailing CR: the next byte decides whether they are line ends of their own. */
  private pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer {
    if (!this.head) return this.read(chunk);
    const head = this.head.length > 0 ? Buffer.concat([this.head, chunk]) : chunk;
    if (head.length < SIGNATURE_BYTES) {
      this.head = head;
      return Buffer.alloc(0);
    }
    return this.begin(head);
  }

  /** The remaining text at the end of the file. */
  end(): Buffer {
    const head = this.head ? this.begin(this.head) : Buffer.alloc(0);
    const rest = this.decoder ? this.withLineFeeds(Buffer.from(this.decoder.decode())) : Buffer.alloc(0);
    return Buffer.concat([head, rest, Buffer.alloc(this.pending.length, LF)]);
  }

  private begin(bytes: Buffer): Buffer {
    this.head = undefined;
    this.problem = problemOf(bytes);
    if (this.problem !== undefined) return Buffer.alloc(0);
    const utf16 =
      bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff && 'utf-16be';
    if (utf16) this.decoder = new TextDecoder(utf16); // which skips the mark
    const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    return this.read(isMarked ? bytes.subarray(3) : bytes);
  }

  private read(bytes: Buffer): Buffer {
    return this.withLineFeeds(this.decoder ? Buffer.from(this.decoder.decode(bytes, { stream: true })) : bytes);
  }

  private withLineFeeds(chunk: Buffer): Buffer {
    const bytes = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    const first = bytes.indexOf(CR);
    let end = bytes.length;
    while (end > bytes.length - 2 && end > 0 && bytes[end - 1] === CR) end--;
    this.pending = bytes.subarray(end);
    if (first === -1 || first >= end) return bytes.subarray(0, end);
    let result = bytes;
    for (let at = first; at !== -1 && at < end; at = bytes.indexOf(CR, at + 1)) {
      if (bytes[at + 1] === LF || (bytes[at + 1] === CR && bytes[at + 2] === LF)) continue;
      if (result === bytes) result = Buffer.from(bytes); // the caller owns the chunk
      result[at] = LF;
    }
    return result.subarray(0, end);
  }
}

function problemOf(bytes: Buffer): string | undefined {
  const begin = bytes.toString('latin1', 0, SIGNATURE_BYTES);
  const found = SIGNATURES.find(([signature]) => begin.startsWith(signature));
  if (found) return `shows that this is ${found[1]}, not a CSV`;
  if (begin === '\xff\xfe\0\0' || begin === '\0\0\xfe\xff') return 'shows that this is UTF-32; save it as UTF-8';
  if (/^(?:[^\0]\0){2}$|^(?:\0[^\0]){2}$/s.test(begin)) {
    return 'shows that this is UTF-16 without a byte-order mark; save it as UTF-8';
  }
  return undefined;
}
