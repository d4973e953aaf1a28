import type { Readable } from 'node:stream';
import type { ErrorCode } from '#libs/errors.js';
import type { ImportKind } from '../files/import-kind.js';
import type { Import } from './import.entity.js';

export interface ImportOptions {
  /** Called with the rows read so far. */
  readonly onProgress?: (rows: number) => void;
  /** A UUID that no import has. */
  readonly id?: string | undefined;
  /** Whether one row that cannot be used fails the whole file; undefined: as STRICT_IMPORTS says. */
  readonly strict?: boolean | undefined;
}

/** How an import ended. */
export interface EndedImport extends Import {
  /** null: it is complete. */
  readonly failureCode: ErrorCode | null;
}

/** Loads every kind of file, as streams: memory does not grow with the file. AppModule chooses in which thread. */
export abstract class Importer {
  /**
   * Loads a CSV file, plain or gzip. Rows that cannot be used are counted, kept with their line and reason, and do not
   * stop the others, unless loading is strict: then nothing of the file is used. An import is answered as Failed with its
   * reason when it cannot go on to the end of its file (no header, a broken stream; good rows before that stay, save those
   * of hours), when none of its rows can be used, and when the file is refused as a whole.
   * @param source where the rows come from, for the record
   * @throws DomainError too_large when the file is over a limit; whatever the database throws. What was written before
   *   stays, and sending the file again does no harm
   */
  abstract importFile(
    kind: ImportKind,
    source: string,
    stream: Readable,
    options?: ImportOptions,
  ): Promise<EndedImport>;
}
