import { type InflateRaw, crc32, createInflateRaw } from 'node:zlib';

const CHUNK_BYTES = 64 * 1024;
/** Flags for the optional parts of a member's header (RFC 1952, 2.3.1). */
const Flag = { headerCrc: 2, extra: 4, name: 8, comment: 16 };
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const HEAD_SHOWN = 200;

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Has a `code` like zlib's own errors. */
class GzipError extends Error {
  constructor(
    readonly code: 'Z_BUF_ERROR' | 'Z_DATA_ERROR',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Decompresses gzip data, member by member (RFC 1952). zlib's own Gunzip reads on after the last member, reports
 * trailing data as damage and loses the last output. This reports the trailing data instead, and ignores blanks and
 * NUL, with which files are padded.
 * @returns chunks, each with the number of compressed bytes consumed so far
 * @throws zlib's errors, and errors with zlib's codes
 */
export async function* gunzip(
  packed: AsyncIterator<Buffer>,
  remainder: (reason: string, head: string) => void,
): AsyncGenerator<{ chunk: Buffer; packedBytes: number }> {
  const source = new Source(packed);
  do {
    await readHeader(source);
    const before = source.used;
    const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
    const fed = feed(source, inflate);
    let [crc, size] = [0, 0];
    try {
      for await (const chunk of inflate as AsyncIterable<Buffer>) {
        crc = crc32(chunk, crc);
        size = (size + chunk.length) % 2 ** 32;
        yield { chunk, packedBytes: before + inflate.bytesWritten };
      }
    } finally {
      inflate.destroy(); // also when the consumer stops early or zlib reports an error
    }
    await fed;
    source.giveBack(before + inflate.bytesWritten);
    const trailer = await source.take(TRAILER_BYTES);
    if (trailer.readUInt32LE(0) !== crc) throw new GzipError('Z_DATA_ERROR', 'incorrect data check');
    if (trailer.readUInt32LE(4) !== size) throw new GzipError('Z_DATA_ERROR', 'incorrect length check');
  } while (isGzip(await source.peek(2)));
  const { bytes, head } = await source.rest();
  if (/[^\s\0]/.test(head)) {
    remainder(`is not gzip data: ${bytes} bytes after the end of the gzip data were not read`, head);
  }
}

/**
 * Feeds the source's chunks to `inflate`, one at a time, until it leaves part of one unused (the end of its data) or is
 * destroyed. So at most the last chunk is partly unused.
 */
async function feed(source: Source, inflate: InflateRaw): Promise<void> {
  // Not events.once(): its promise rejects on a zlib error, unhandled when no write is pending.
  const closed = new Promise<void>((resolve) => inflate.once('close', () => resolve()));
  let given = 0;
  try {
    for (let chunk; !inflate.destroyed && (chunk = await source.next());) {
      if (inflate.destroyed) return;
      given += chunk.length;
      await Promise.race([closed, new Promise<void>((resolve) => inflate.write(chunk, () => resolve()))]);
      if (inflate.bytesWritten < given) return;
    }
    if (!inflate.destroyed) inflate.end();
  } catch (error) {
    inflate.destroy(error as Error);
  }
}

async function readHeader(source: Source): Promise<void> {
  const header = await source.take(HEADER_BYTES);
  const [method, flags] = [header[2], header[3]];
  if (!isGzip(header)) throw new GzipError('Z_DATA_ERROR', 'incorrect header check');
  if (method !== 8) throw new GzipError('Z_DATA_ERROR', 'unknown compression method');
  if ((flags & 0xe0) !== 0) throw new GzipError('Z_DATA_ERROR', 'unknown header flags set');
  if (flags & Flag.extra) await source.take((await source.take(2)).readUInt16LE(0));
  for (const flag of [Flag.name, Flag.comment]) {
    if (flags & flag) while ((await source.take(1))[0] !== 0);
  }
  if (flags & Flag.headerCrc) await source.take(2);
}

/** A byte source over chunks: read chunk by chunk, or a given number of bytes. */
class Source {
  /** Bytes consumed so far. */
  used = 0;
  /** Bytes read but not consumed. */
  private ahead: Buffer = Buffer.alloc(0);
  private last: Buffer = Buffer.alloc(0);

  constructor(private readonly chunks: AsyncIterator<Buffer>) {}

  async next(): Promise<Buffer | undefined> {
    const chunk = this.ahead.length > 0 ? this.ahead : await this.read();
    this.ahead = Buffer.alloc(0);
    if (!chunk) return undefined;
    this.last = chunk;
    this.used += chunk.length;
    return chunk;
  }

  /** Returns the unused end of the last chunk: only the bytes before `used` were needed. */
  giveBack(used: number): void {
    const unused = this.used - used;
    this.ahead = Buffer.concat([this.last.subarray(this.last.length - unused), this.ahead]);
    this.used = used;
  }

  /** @throws GzipError when the data ends first */
  async take(count: number): Promise<Buffer> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw new GzipError('Z_BUF_ERROR', 'unexpected end of file');
    this.ahead = this.ahead.subarray(count);
    this.used += count;
    return bytes;
  }

  /** The next bytes, or fewer at the end, without consuming them. */
  async peek(count: number): Promise<Buffer> {
    for (let chunk; this.ahead.length < count && (chunk = await this.read());) {
      this.ahead = Buffer.concat([this.ahead, chunk]);
    }
    return this.ahead.subarray(0, count);
  }

  /** Reads to the end. @returns the number of bytes, and how they begin after leading blanks and NUL */
  async rest(): Promise<{ bytes: number; head: string }> {
    let [bytes, head] = [0, ''];
    for (let chunk; (chunk = await this.next());) {
      bytes += chunk.length;
      if (head.length < HEAD_SHOWN)
        head = (head + chunk.toString('latin1')).replace(/^[\s\0]+/, '').slice(0, HEAD_SHOWN);
    }
    return { bytes, head };
  }

  private async read(): Promise<Buffer | undefined> {
    const next = await this.chunks.next();
    return next.done ? undefined : next.value;
  }
}
