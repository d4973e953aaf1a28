import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

/** The first and the last byte, both included, from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What was written. */
export interface StoredObject {
  readonly sizeBytes: number;
  /** Of the bytes as they are stored, in hex. */
  readonly sha256: string;
}

/** Where files are kept that others fetch. Keys are made by us: `reports/2026-11-23/<id>.csv`. */
export abstract class Storage {
  /** For people: where the object of this key lies. */
  abstract location(key: string): string;

  /** Writes an object, whole or not at all, and durable when this returns. @throws DomainError unavailable */
  abstract put(key: string, content: AsyncIterable<string | Buffer> | Iterable<string | Buffer>): Promise<StoredObject>;

  /** @param range within the object; absent: all of it. @throws DomainError not_found, unavailable */
  abstract get(key: string, range?: ByteRange): Promise<Readable>;

  /** Removes objects; one that is not there is no error. */
  abstract remove(keys: readonly string[]): Promise<void>;

  /** Removes every object whose key begins so, half-written ones included, except those to keep. */
  abstract removeAll(prefix: string, keep?: readonly string[]): Promise<void>;

  /** For /readyz: it answers and may be written to. @throws DomainError unavailable that says what to check */
  abstract check(): Promise<void>;
}

/** A stream of the content, and what it was once all of it has been read. */
export function digested(content: AsyncIterable<string | Buffer> | Iterable<string | Buffer>): {
  stream: Readable;
  stored: () => StoredObject;
} {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const piece of content) {
      const some = Buffer.from(piece);
      hash.update(some);
      sizeBytes += some.length;
      yield some;
    }
  }
  return { stream: Readable.from(bytes()), stored: () => ({ sizeBytes, sha256: hash.digest('hex') }) };
}
