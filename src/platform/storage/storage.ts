import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

/** The first and the last byte, both inclusive, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Size and checksum of a stored object. */
export interface StoredObject {
  readonly sizeBytes: number;
  /** Hash of the stored bytes, in hex. */
  readonly sha256: string;
}

export type Content = AsyncIterable<string | Buffer> | Iterable<string | Buffer>;

/** Stores files for download. The program chooses the keys: `reports/2026-11-23/<id>.csv`. */
export abstract class Storage {
  /** Where the storage is, for people. */
  abstract readonly place: string;

  /** Where the object with this key is, for people. */
  abstract location(key: string): string;

  /**
   * Writes an object atomically; it is durable when this returns. Replaces an existing object in one step, so a reader
   * gets either the old or the new one.
   * @throws DomainError unavailable; any error that the content throws
   */
  abstract put(key: string, content: Content): Promise<StoredObject>;

  /**
   * @param range within the object; absent: the whole object
   * @returns a stream that fails with DomainError unavailable if it breaks off
   * @throws DomainError not_found, unavailable
   */
  abstract get(key: string, range?: ByteRange): Promise<Readable>;

  /** Removes objects; a missing object is not an error. @throws DomainError unavailable */
  abstract remove(keys: readonly string[]): Promise<void>;

  /**
   * Removes every object whose key starts with the prefix, including partial uploads, except those in `keep`.
   * @param prefix a folder and the start of a name: `reports/2026-11-23/<id>`
   * @throws DomainError unavailable
   */
  abstract removeAll(prefix: string, keep?: readonly string[]): Promise<void>;

  /**
   * For /readyz: checks within seconds that the storage responds and is writable.
   * @throws DomainError unavailable, with what to check
   */
  abstract check(): Promise<void>;
}

/** Keys, shortened for an error message. */
export const named = (keys: readonly string[]): string =>
  keys.length > 3 ? `${keys.length} files, including ${keys[0]}` : keys.join(', ');

/**
 * A stream of the content; its size and hash after it was read to the end; and the error if reading the content failed.
 */
export function digested(content: Content): {
  stream: Readable;
  stored: () => StoredObject;
  failure: () => { reason: unknown } | undefined;
} {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let failure: { reason: unknown } | undefined;
  async function* chunks(): AsyncGenerator<Buffer> {
    let isReadingContent = true;
    try {
      for await (const part of content) {
        const bytes = Buffer.from(part);
        hash.update(bytes);
        sizeBytes += bytes.length;
        isReadingContent = false;
        yield bytes;
        isReadingContent = true;
      }
    } catch (reason) {
      // An error thrown at the yield comes from the consumer, not from the content.
      if (isReadingContent) failure = { reason };
      throw reason;
    }
  }
  return {
    stream: Readable.from(chunks()),
    stored: () => ({ sizeBytes, sha256: hash.digest('hex') }),
    failure: () => failure,
  };
}
