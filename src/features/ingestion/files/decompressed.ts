import type { Readable } from 'node:stream';
import { DomainError } from '#libs/errors.js';
import { gunzip, isGzip } from './gunzip.js';

export interface UnpackLimits {
  readonly maxDecompressedBytes: number;
  readonly maxCompressionRatio: number;
}

/** Is told what follows gzip data and is none: in words that follow "the row", and how it begins. */
export type Remainder = (reason: string, head: string) => void;

/** Up to here any ratio is harmless: a small file of equal rows is packed a hundredfold. */
const FREE_BYTES = 16 * 1024 * 1024;

/**
 * The bytes as they are, or unpacked when they begin as gzip does (RFC 1952: 1f 8b).
 * @param remainder is called before the end when something other than blanks and NUL follows the gzip data
 * @throws DomainError too_large for a gzip file that unpacks to too much, as soon as it has; zlib's errors
 */
export async function* plainBytes(
  stream: Readable,
  limits: UnpackLimits,
  remainder: Remainder = () => {},
): AsyncGenerator<Buffer> {
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
      throw tooLarge(`The gzip data unpack to more than ${maxDecompressedBytes} bytes (MAX_DECOMPRESSED_BYTES)`);
    }
    if (bytes > Math.max(FREE_BYTES, maxCompressionRatio * packedBytes)) {
      throw tooLarge(
        `The gzip data unpack to more than ${maxCompressionRatio} times their size (MAX_COMPRESSION_RATIO): ${packedBytes} bytes to ${bytes}`,
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
