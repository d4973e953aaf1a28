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

/** What is copied before others get their turn: fresh memory is slow, up to 4 ms for so much on some virtual machines. */
const BYTES_PER_TURN = 1024 * 1024;

/**
 * The bytes of a body, unpacked. Unlike express.raw, which joins the pieces of a body in one go, it lets others have their turn; and
 * it refuses a body that is too large at once, not when all of it has come.
 * @throws DomainError too_large, unsupported, invalid_argument when it cannot be unpacked, cancelled when the client has gone
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  try {
    return await joined(await unpackedPieces(request, maxBytes));
  } catch (error) {
    throw request.errored ? new DomainError('cancelled', 'The client has gone.') : error;
  }
}

async function unpackedPieces(request: IncomingMessage, maxBytes: number): Promise<Buffer[]> {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    return piecesOf(request, maxBytes);
  }
  if (!Object.hasOwn(DECODERS, encoding)) {
    const read = Object.keys(DECODERS).join(', ');
    throw new DomainError(
      'unsupported',
      `Content-Encoding ${quoteValue(encoding)} is not read here; send ${read} or none.`,
    );
  }
  const decoder = DECODERS[encoding]();
  // pipe() does not tell that a client has gone
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
  // Not `for await`, which would end a request that is refused: it could then not be answered.
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
  new DomainError('too_large', `The body holds more than the ${maxBytes} bytes of MAX_BODY_BYTES.`);
