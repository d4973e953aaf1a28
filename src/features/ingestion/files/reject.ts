/** A row of a file that could not be used. */
export interface Reject {
  /** Line in the file, 1 for the header. */
  readonly line: number;
  readonly reason: string;
  /** The row as it stood, cut to a readable length. */
  readonly rawRow: string;
}
