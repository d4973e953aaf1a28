import type { Readable } from 'node:stream';
import { DomainError } from '#libs/errors.js';
import { gunzip, isGzip } from './gunzip.js';

export interface UnpackLimits {
  readonly maxDecompressedBytes: number;
  readonly maxCompressionRatio: number;
}

/** Called with the trailing data after the gzip data: a reason phrased to follow "the row", and how the data begins. */
export type Remainder = (reason: string, head: string) => void;

/** Up to this size any ratio is harmless: a small file of equal rows compresses a hundredfold. */
const FREE_BYTES = 16 * 1024 * 1024;

/**
 * The bytes as they are, or decompressed when they start with the gzip magic number (RFC 1952: 1f 8b).
 * @param remainder called before the end when anything but blanks and NUL follows the gzip data
 * @throws DomainError too_large as soon as a gzip file exceeds a limit; zlib's errors
 */
export async function* plainBytes(
  stream: Readable,
  limits: UnpackLimits,
  remainder: Remainder = () => {},
): AsyncGenerator<Buffer> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  // The first two bytes may arrive separately.
  for (let next; head.length < 2 && !(next = await chunks.next()).done;) head = Buffer.concat([head, next.value]);
  if (head.length === 0) return;
  // Not `yield*`: it would destroy the request's stream with the generator, so that no response could be sent.
  const all = async function* (): AsyncGenerator<Buffer> {
    yield head;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  };
  yield* isGzip(head) ? withinLimits(gunzip(all(), remainder), limits) : all();
}

async function* withinLimits(
  unpacked: ReturnType<typeof gunzip>,
  { maxDecompressedBytes, maxCompressionRatio }: UnpackLimits,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const { chunk, packedBytes } of unpacked) {
    bytes += chunk.length;
    if (bytes > maxDecompressedBytes) {
      throw tooLarge(`The gzip data decompresses to more than ${maxDecompressedBytes} bytes (MAX_DECOMPRESSED_BYTES)`);
    }
    if (bytes > Math.max(FREE_BYTES, maxCompressionRatio * packedBytes)) {
      throw tooLarge(
        `The gzip data decompresses to more than ${maxCompressionRatio} times their size (MAX_COMPRESSION_RATIO): ${packedBytes} bytes to ${bytes}`,
      );
    }
    yield chunk;
  }
}

/** The bytes of a request, up to a limit. @throws DomainError too_large */
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
