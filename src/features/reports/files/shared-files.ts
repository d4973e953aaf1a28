import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type StoredFile, getStored } from '../../../platform/storage/checked.js';
import type { ByteRange, Storage } from '../../../platform/storage/storage.js';

/** Larger files are read from the storage by each reader. 1.1 MB are a report of 14,000 stores. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** Of all files together. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Whoever waits for a report asks every second or so. */
const KEPT_MS = 3_000;

/**
 * The files of reports, read from the storage once for all who want them in the same moment: when a report is complete, everybody
 * who waited for it does. 50 clients who each opened and read it held up other requests for 0.3 s, and had a buffer each.
 */
export class SharedFiles {
  private readonly files = new Map<string, Promise<Buffer>>();
  private bytes = 0;

  constructor(private readonly storage: Storage) {}

  /**
   * @param range within the file; absent: all of it
   * @returns a stream that ends with DomainError unavailable when what comes is not the file
   * @throws DomainError not_found, unavailable
   */
  async open(stored: StoredFile, range?: ByteRange): Promise<Readable> {
    const file = this.files.get(stored.key) ?? this.read(stored);
    if (!file) return getStored(this.storage, stored, range);
    const bytes = await file;
    return Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes], { objectMode: false });
  }

  /** @returns undefined when it is too large for what there is room for */
  private read(stored: StoredFile): Promise<Buffer> | undefined {
    const { key, sizeBytes } = stored;
    if (sizeBytes === null || sizeBytes > MAX_FILE_BYTES || this.bytes + sizeBytes > MAX_BYTES) return undefined;
    const file = getStored(this.storage, stored).then(buffer);
    this.files.set(key, file);
    this.bytes += sizeBytes;
    const forget = (): void => {
      this.files.delete(key);
      this.bytes -= sizeBytes;
    };
    file.then(() => setTimeout(forget, KEPT_MS).unref(), forget);
    return file;
  }
}
