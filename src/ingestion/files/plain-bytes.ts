import { Readable, pipeline } from 'node:stream';
import { type Gunzip, createGunzip } from 'node:zlib';
import { DomainError } from '#libs/errors.js';

export interface UnpackLimits {
  readonly maxDecompressedBytes: number;
  readonly maxCompressionRatio: number;
}

/** Up to here any ratio is harmless: a small file of equal rows is packed a hundredfold. */
const FREE_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/**
 * The bytes as they are, or unpacked when they begin as gzip does (RFC 1952: 1f 8b).
 * @throws DomainError too_large for a gzip file that unpacks to too much, as soon as it has; zlib's errors
 */
export async function* plainBytes(stream: Readable, limits: UnpackLimits): AsyncGenerator<Buffer> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  // The first two bytes may come one by one.
  for (let next; head.length < 2 && !(next = await chunks.next()).done;) head = Buffer.concat([head, next.value]);
  if (head.length === 0) return;
  // Not `yield*`, which would end the stream with the generator: a request could then not be answered.
  const all = async function* (): AsyncGenerator<Buffer> {
    yield head;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  };
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (!isGzip) {
    yield* all();
    return;
  }
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  // Errors of either side reach whoever reads `unpacked`, and both are closed when it stops reading.
  pipeline(Readable.from(all()), unpacked, () => {});
  yield* withinLimits(unpacked, limits);
}

async function* withinLimits(
  unpacked: Gunzip,
  { maxDecompressedBytes, maxCompressionRatio }: UnpackLimits,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of unpacked as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxDecompressedBytes) {
      throw tooLarge(`The gzip data unpack to more than ${maxDecompressedBytes} bytes (MAX_DECOMPRESSED_BYTES)`);
    }
    // bytesWritten is what zlib has used, however far ahead the file is read
    if (bytes > Math.max(FREE_BYTES, maxCompressionRatio * unpacked.bytesWritten)) {
      throw tooLarge(
        `The gzip data unpack to more than ${maxCompressionRatio} times their size (MAX_COMPRESSION_RATIO): ${unpacked.bytesWritten} bytes to ${bytes}`,
      );
    }
    yield chunk;
  }
}

/** The bytes of a request, as long as they are not too many. @throws DomainError too_large */
export async function* atMost(stream: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let bytes = 0;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    bytes += next.value.length;
    if (bytes > maxBytes) throw tooLarge(`The body holds more than ${maxBytes} bytes (MAX_UPLOAD_BYTES)`);
    yield next.value;
  }
}

const tooLarge = (message: string): DomainError => new DomainError('too_large', message);
