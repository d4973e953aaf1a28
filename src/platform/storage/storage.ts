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

export type Content = AsyncIterable<string | Buffer> | Iterable<string | Buffer>;

/** Where files are kept that others fetch. Keys are made by us: `reports/2026-11-23/<id>.csv`. */
export abstract class Storage {
  /** For people: where all of it lies. */
  abstract readonly place: string;

  /** For people: where the object of this key lies. */
  abstract location(key: string): string;

  /**
   * Writes an object, whole or not at all, and durable when this returns. One that is there is replaced in one step: whoever
   * reads gets all of the old one or all of the new one.
   * @throws DomainError unavailable; whatever the content throws
   */
  abstract put(key: string, content: Content): Promise<StoredObject>;

  /**
   * @param range within the object; absent: all of it
   * @returns a stream that ends with DomainError unavailable when it breaks off
   * @throws DomainError not_found, unavailable
   */
  abstract get(key: string, range?: ByteRange): Promise<Readable>;

  /** Removes objects; one that is not there is no error. @throws DomainError unavailable */
  abstract remove(keys: readonly string[]): Promise<void>;

  /**
   * Removes every object whose key begins so, half-written ones included, except those to keep.
   * @param prefix a folder and the beginning of a name: `reports/2026-11-23/<id>`
   * @throws DomainError unavailable
   */
  abstract removeAll(prefix: string, keep?: readonly string[]): Promise<void>;

  /** For /readyz: whether it answers and may be written to, within seconds. @throws DomainError unavailable, with what to check */
  abstract check(): Promise<void>;
}

/** Keys as an error names them. */
export const named = (keys: readonly string[]): string =>
  keys.length > 3 ? `${keys.length} files, ${keys[0]} among them` : keys.join(', ');

/** A stream of the content; what it was, once all of it has been read; and what the content itself has failed of. */
export function digested(content: Content): {
  stream: Readable;
  stored: () => StoredObject;
  failure: () => { reason: unknown } | undefined;
} {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let failure: { reason: unknown } | undefined;
  async function* bytes(): AsyncGenerator<Buffer> {
    let isTaken = true;
    try {
      for await (const piece of content) {
        const some = Buffer.from(piece);
        hash.update(some);
        sizeBytes += some.length;
        isTaken = false;
        yield some;
        isTaken = true;
      }
    } catch (reason) {
      // Thrown in from outside is why nothing more is taken.
      if (isTaken) failure = { reason };
      throw reason;
    }
  }
  return {
    stream: Readable.from(bytes()),
    stored: () => ({ sizeBytes, sha256: hash.digest('hex') }),
    failure: () => failure,
  };
}
