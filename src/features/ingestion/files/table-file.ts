import type { Reject } from './reject.js';

/** An import file while it is read. It receives rows one by one and writes them in batches. */
export interface TableFile {
  /** Rows written so far that were new or changed something. */
  readonly accepted: number;
  /** Why the whole file is refused, as found in one of its rows. Checked before anything is written. */
  readonly refusal?: string | undefined;
  /** Whether an incomplete file is refused as a whole, because a store's rows may be missing. */
  readonly requiresCompleteFile?: boolean;
  /**
   * Reads the data row at `[start, end)` of `bytes`.
   * @param quoted whether the row contains a quote, so that it cannot simply be split at delimiters
   * @param line the line of the file where the row starts
   * @returns why the row is rejected, or undefined
   */
  row(bytes: Buffer, start: number, end: number, quoted: boolean, line: number): string | undefined;
  /** Called for every rejected row, and for every line that is not a row, as far as it could be read. */
  onRejected?(line: number, text: string): void;
  /** Rejects of rows that `row` had accepted; called after `flush` and `prepare`. */
  late?(): Iterable<Reject>;
  /** Called at the end of the file, before `withdraw`: looks up what the rows depend on. */
  prepare?(): Promise<void>;
  /**
   * Withdraws accepted rows that cannot be used after all, so that they are not written.
   * @param reason why the whole file is unused; then all rows are withdrawn
   */
  withdraw?(reason?: string): Iterable<Reject>;
  /** At the end of the file, writes the remaining rows. Before that, only frees memory where needed. */
  flush(isLast: boolean): Promise<void>;
  /** Unexpected consequences for stores, one sentence each; called at the end of the file. */
  warnings?(): Promise<string[]>;
  /** Call at the end, also after an error. */
  close?(): Promise<void>;
}
