/** A rejected row of a file. */
export interface Reject {
  /** Line in the file, 1 for the header. */
  readonly line: number;
  readonly reason: string;
  /** The original row, cut to a readable length. */
  readonly rawRow: string;
}
