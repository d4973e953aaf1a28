import type { Readable } from 'node:stream';
import type { ErrorCode } from '#libs/errors.js';
import type { FileKind } from '#libs/file-kind.js';
import type { Import } from './import.entity.js';

export interface ImportOptions {
  /** Called with the number of rows read so far. */
  readonly onProgress?: (rows: number) => void;
  /** A new UUID for the import. */
  readonly id?: string | undefined;
  /** Whether one rejected row fails the whole file; undefined: the setting STRICT_IMPORTS. */
  readonly strict?: boolean | undefined;
  /** stores.csv: whether all tags of the file's stores are replaced. Default: only those that it has columns for. */
  readonly replaceTags?: boolean | undefined;
}

/** A finished import. */
export interface EndedImport extends Import {
  /** null: the import is complete. */
  readonly failureCode: ErrorCode | null;
}

/** Imports files of every kind as streams: memory does not grow with the file. AppModule chooses the thread. */
export abstract class Importer {
  /**
   * Imports a CSV file, plain or gzip. A rejected row is counted and kept with its line and reason, and the rest are
   * accepted. In a strict import one rejected row fails the whole file. The import is returned as Failed with a reason
   * when reading cannot reach the end of the file (no header, a broken stream), when every row is rejected, or when the
   * whole file is refused. Rows read before a broken stream stay, except in files of hours.
   * @param source where the rows come from, for the record
   * @throws DomainError too_large when the file exceeds a limit; errors of the database. Rows already written stay, and
   *   sending the file again is safe
   */
  abstract importFile(kind: FileKind, source: string, stream: Readable, options?: ImportOptions): Promise<EndedImport>;
}
