import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type StoredFile, getStored } from '../../../platform/storage/stored-file.js';
import type { ByteRange, Storage } from '../../../platform/storage/storage.js';

/** Larger files are read from the storage by each reader. A report of 14,000 stores is 1.1 MB. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** The total size of all cached files. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Clients that wait for a report poll about every second. */
const CACHED_MS = 3_000;

/**
 * Caches report files briefly, so that many clients share one read: when a report completes, all its waiting clients
 * download it. 50 clients that each read the file delayed other requests by 0.3 s and needed a buffer each.
 */
export class SharedFiles {
  private readonly files = new Map<string, Promise<Buffer>>();
  private bytes = 0;

  constructor(private readonly storage: Storage) {}

  /**
   * @param range within the file; absent: the whole file
   * @returns a stream that fails with DomainError unavailable when the content is not the stored file
   * @throws DomainError not_found, unavailable
   */
  async open(stored: StoredFile, range?: ByteRange): Promise<Readable> {
    const file = this.files.get(stored.key) ?? this.read(stored);
    if (!file) return getStored(this.storage, stored, range);
    const bytes = await file;
    return Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes], { objectMode: false });
  }

  /** @returns undefined when the file does not fit into the cache */
  private read(stored: StoredFile): Promise<Buffer> | undefined {
    const { key, sizeBytes } = stored;
    if (sizeBytes === null || sizeBytes > MAX_FILE_BYTES || this.bytes + sizeBytes > MAX_BYTES) return undefined;
    const file = getStored(this.storage, stored).then(buffer);
    this.files.set(key, file);
    this.bytes += sizeBytes;
    const evict = (): void => {
      this.files.delete(key);
      this.bytes -= sizeBytes;
    };
    file.then(() => setTimeout(evict, CACHED_MS).unref(), evict);
    return file;
  }
}
