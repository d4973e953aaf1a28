/** Rows or files that were removed, or would be in a dry run. */
export interface Removal {
  readonly count: number;
  /** For people, in the plural: `report files`. */
  readonly what: string;
}

/** Deletes one kind of data by age or count. A feature's module provides it, and RetentionModule lists it. */
export interface RetentionPolicy {
  /**
   * Deletes data past its retention period, in short transactions. Safe to repeat, to interrupt, and to run
   * concurrently.
   * @param dryRun only report what would be deleted
   */
  prune(nowMs: number, dryRun: boolean): Promise<Removal[]>;
}
