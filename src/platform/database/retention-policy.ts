/** What was removed, or would be. */
export interface Removal {
  readonly count: number;
  /** For people, in the plural: `report files`. */
  readonly what: string;
}

/** A part of the data that is removed by its age or number. A feature's module has one and RetentionModule lists it. */
export interface RetentionPolicy {
  /**
   * Removes what is kept for no longer, in short transactions. Safe to repeat, to break off, and to run several times at once.
   * @param dryRun only say what there is to remove
   */
  prune(nowMs: number, dryRun: boolean): Promise<Removal[]>;
}
