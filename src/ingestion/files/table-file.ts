/** One of the files, being read: takes its rows one by one and writes them when enough has gathered. */
export interface TableFile {
  /** Rows written so far that changed what is known. */
  readonly accepted: number;
  /** Why nothing of the file may be used, as a row has shown: looked at before anything is written. */
  readonly refusal?: string | undefined;
  /**
   * Takes the data row that lies in `bytes`.
   * @param quoted whether it holds a quote, so that it cannot be split at commas
   * @param line   where it starts in the file
   * @returns why the row cannot be used, or undefined
   */
  row(bytes: Buffer, start: number, end: number, quoted: boolean, line: number): string | undefined;
  /** Writes what has gathered when the file is at its end; before that only makes room where it is needed. */
  flush(isLast: boolean): Promise<void>;
  /** To be called at the end, whatever happened. */
  close?(): Promise<void>;
}
