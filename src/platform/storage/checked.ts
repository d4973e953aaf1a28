import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DomainError } from '#libs/errors.js';
import type { ByteRange, Storage } from './storage.js';

/** What is known of an object, or of a part of one. */
export interface StoredFile {
  readonly key: string;
  /** null: not known. */
  readonly sizeBytes: number | null;
  /** In hex; null: not known. */
  readonly sha256: string | null;
}

/**
 * An object of a storage, or a part of it: the last piece comes once all bytes are known to be the ones that were stored. So
 * whoever reads to the end has the right file, and else an error. A proxy or a sign-in page may answer in the storage's place,
 * with 200 and a page of its own; and a file in a folder may have been changed. Of a part only the length can be checked.
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
  // what goes wrong before there is anything to pass on is told by who opens, and not in the middle of an answer
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
    if (sizeBytes !== null && size > sizeBytes) throw wrong(file, place, `more than ${sizeBytes} bytes came`);
    if (last) yield last;
    last = piece;
  }
  if (sizeBytes !== null && size !== sizeBytes) throw wrong(file, place, `${size} bytes came instead of ${sizeBytes}`);
  if (sha256 !== null && hash.digest('hex') !== sha256) throw wrong(file, place, 'its SHA-256 is another one');
  if (last) yield last;
}

const wrong = ({ key }: StoredFile, place: string, what: string): DomainError =>
  new DomainError(
    'unavailable',
    `The storage ${place} did not give the file that was stored as ${key}: ${what}. A proxy or a sign-in page may have answered ` +
      'in its place, or the file was changed. Check STORAGE_URL and the network, or make the report again.',
  );
