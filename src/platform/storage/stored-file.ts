import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DomainError } from '#libs/errors.js';
import type { ByteRange, Storage } from './storage.js';

/** What is known about an object, or a part of one. */
export interface StoredFile {
  readonly key: string;
  /** null if unknown. */
  readonly sizeBytes: number | null;
  /** In hex; null if unknown. */
  readonly sha256: string | null;
}

/**
 * Reads an object, or a part of it, and withholds the last piece until all bytes are verified. So a reader that reaches
 * the end has the right file, and otherwise gets an error. A proxy or a sign-in page may respond instead of the storage
 * with 200 and its own page, and a file in a folder may have been modified. For a part, only the length can be
 * verified.
 * @throws DomainError not_found, unavailable
 */
export async function getStored(
  storage: Pick<Storage, 'get' | 'place'>,
  file: StoredFile,
  range?: ByteRange,
): Promise<Readable> {
  const stream = await storage.get(file.key, range);
  const expected = range ? { ...file, sizeBytes: range.end - range.start + 1, sha256: null } : file;
  const checked = pieces(stream, expected, storage.place);
  // Read the first piece here, so that an early error is thrown to the caller and not in the middle of a response.
  const first = await checked.next();
  return Readable.from(first.done ? [] : joined(first.value, checked), { objectMode: false });
}

async function* joined(first: Buffer, others: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* others;
}

async function* pieces(stream: Readable, file: StoredFile, place: string): AsyncGenerator<Buffer> {
  const { sizeBytes, sha256 } = file;
  const hash = createHash('sha256');
  let size = 0;
  let last: Buffer | undefined;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    size += piece.length;
    hash.update(piece);
    if (sizeBytes !== null && size > sizeBytes) throw wrong(file, place, `received more than ${sizeBytes} bytes`);
    if (last) yield last;
    last = piece;
  }
  if (sizeBytes !== null && size !== sizeBytes)
    throw wrong(file, place, `received ${size} bytes instead of ${sizeBytes}`);
  if (sha256 !== null && hash.digest('hex') !== sha256) throw wrong(file, place, 'its SHA-256 does not match');
  if (last) yield last;
}

const wrong = ({ key }: StoredFile, place: string, what: string): DomainError =>
  new DomainError(
    'unavailable',
    `The storage ${place} did not return the file stored as ${key}: ${what}. A proxy or a sign-in page may have answered ` +
      'instead, or the file was modified. Check STORAGE_URL and the network, or make the report again.',
  );
