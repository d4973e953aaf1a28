import type { Reject } from './reject.js';

/** One of the files, being read: takes its rows one by one and writes them when enough has gathered. */
export interface TableFile {
  /** Rows written so far that changed what is known. */
  readonly accepted: number;
  /** Why nothing of the file may be used, as a row has shown: looked at before anything is written. */
  readonly refusal?: string | undefined;
  /** Whether a file that breaks off is not used at all, since what it says of a store may be cut in two. */
  readonly needsWhole?: boolean;
  /**
   * Takes the data row that lies in `bytes`.
   * @param quoted whether it holds a quote, so that it cannot be split at commas
   * @param line   where it starts in the file
   * @returns why the row cannot be used, or undefined
   */
  row(bytes: Buffer, start: number, end: number, quoted: boolean, line: number): string | undefined;
  /** Is told of every row that was rejected, as far as it can be read, and of every line that is no row. */
  rejected?(line: number, text: string): void;
  /**
   * Gives back rows that were taken and may not be used after all; nothing is written of them.
   * @param reason of a file of which nothing is used: then all of its rows
   */
  takeBack?(reason?: string): Iterable<Reject>;
  /** Writes what has gathered when the file is at its end; before that only makes room where it is needed. */
  flush(isLast: boolean): Promise<void>;
  /** What will surprise people about the stores of the file, a sentence each; at its end. */
  warnings?(): Promise<string[]>;
  /** To be called at the end, whatever happened. */
  close?(): Promise<void>;
}
