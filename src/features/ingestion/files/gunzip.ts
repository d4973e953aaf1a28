import { type InflateRaw, crc32, createInflateRaw } from 'node:zlib';

const CHUNK_BYTES = 64 * 1024;
/** The parts of a member's header that are there or are not (RFC 1952, 2.3.1). */
const Flag = { headerCrc: 2, extra: 4, name: 8, comment: 16 };
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const HEAD_SHOWN = 200;

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Like zlib's own errors: `code` says what it is. */
class GzipError extends Error {
  constructor(
    readonly code: 'Z_BUF_ERROR' | 'Z_DATA_ERROR',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Unpacks gzip data, one member after the other (RFC 1952). zlib's own Gunzip reads on after the last member and calls whatever
 * follows damaged; what was unpacked just before is then lost. Here the remainder is told, unless it is blanks or NUL, with which
 * files are padded.
 * @returns chunks, and how many bytes have been unpacked up to them
 * @throws zlib's errors, and others with its codes
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
      inflate.destroy(); // also when whoever reads has had enough, or zlib has found an error
    }
    await fed;
    source.giveBack(before + inflate.bytesWritten);
    const trailer = await source.take(TRAILER_BYTES);
    if (trailer.readUInt32LE(0) !== crc) throw new GzipError('Z_DATA_ERROR', 'incorrect data check');
    if (trailer.readUInt32LE(4) !== size) throw new GzipError('Z_DATA_ERROR', 'incorrect length check');
  } while (isGzip(await source.peek(2)));
  const { bytes, head } = await source.rest();
  if (/[^\s\0]/.test(head)) {
    remainder(`is no gzip: behind the gzip data there are ${bytes} bytes more, which are not read`, head);
  }
}

/**
 * Gives the source's chunks to `inflate`, one at a time, until it leaves something of one over (it has seen the end of its data)
 * or has been destroyed: then at most the last chunk has not been used up.
 */
async function feed(source: Source, inflate: InflateRaw): Promise<void> {
  // not events.once(): it rejects when zlib finds an error, and when nothing came to be written nobody would be told
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

/** Bytes that come in chunks: taken as they come, or so many at once. */
class Source {
  /** How many bytes were taken. */
  used = 0;
  /** What was read and not taken. */
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

  /** Takes back the end of the last chunk, of which only what came before `used` was needed. */
  giveBack(used: number): void {
    const unused = this.used - used;
    this.ahead = Buffer.concat([this.last.subarray(this.last.length - unused), this.ahead]);
    this.used = used;
  }

  /** @throws GzipError when the data end before */
  async take(count: number): Promise<Buffer> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw new GzipError('Z_BUF_ERROR', 'unexpected end of file');
    this.ahead = this.ahead.subarray(count);
    this.used += count;
    return bytes;
  }

  /** The next bytes, or fewer at the end; they stay. */
  async peek(count: number): Promise<Buffer> {
    for (let chunk; this.ahead.length < count && (chunk = await this.read());) {
      this.ahead = Buffer.concat([this.ahead, chunk]);
    }
    return this.ahead.subarray(0, count);
  }

  /** Reads to the end. @returns how many bytes that were, and how they begin, without blanks and NUL before */
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
