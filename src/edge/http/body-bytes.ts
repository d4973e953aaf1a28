import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { DomainError, quoteValue } from '#libs/errors.js';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** Bytes copied before yielding the event loop. Fresh memory is slow: this takes up to 4 ms on some virtual machines. */
const BYTES_PER_TURN = 1024 * 1024;

/**
 * Reads and decompresses a body. Unlike express.raw, it yields while it joins the pieces, and rejects a body that is too large
 * immediately rather than after receiving all of it.
 * @throws DomainError too_large, unsupported, invalid_argument if it cannot be decompressed, cancelled if the client disconnected
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  try {
    return await joined(await unpackedPieces(request, maxBytes));
  } catch (error) {
    throw request.errored ? new DomainError('cancelled', 'The client disconnected.') : error;
  }
}

async function unpackedPieces(request: IncomingMessage, maxBytes: number): Promise<Buffer[]> {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    return piecesOf(request, maxBytes);
  }
  if (!Object.hasOwn(DECODERS, encoding)) {
    const supported = Object.keys(DECODERS).join(', ');
    throw new DomainError(
      'unsupported',
      `Content-Encoding must be ${supported} or absent, got ${quoteValue(encoding)}.`,
    );
  }
  const decoder = DECODERS[encoding]();
  // pipe() does not pass on the error of a client that disconnects.
  const breakOff = (error: Error): void => void decoder.destroy(error);
  request.once('error', breakOff).pipe(decoder);
  try {
    return await piecesOf(decoder, maxBytes);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError('invalid_argument', `The body is not ${encoding}: ${(error as Error).message}.`);
  } finally {
    request.off('error', breakOff).unpipe(decoder);
    decoder.on('error', () => {}).destroy();
  }
}

async function piecesOf(stream: Readable, maxBytes: number): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  // Not `for await`: on an error it would destroy the request, which still needs its response.
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    bytes += next.value.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    pieces.push(next.value);
  }
  return pieces;
}

async function joined(pieces: readonly Buffer[]): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(pieces.reduce((sum, { length }) => sum + length, 0));
  let [at, turnEnd] = [0, BYTES_PER_TURN];
  for (const piece of pieces) {
    at += piece.copy(whole, at);
    if (at < turnEnd) continue;
    turnEnd = at + BYTES_PER_TURN;
    await nextTurn();
  }
  return whole;
}

const tooLarge = (maxBytes: number): DomainError =>
  new DomainError('too_large', `The body has more than ${maxBytes} bytes (MAX_BODY_BYTES).`);
