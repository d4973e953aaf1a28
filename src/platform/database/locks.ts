/**
 * All advisory locks, so that no two parts of the program use the same number. Each is taken at transaction level
 * (`pg_advisory_xact_lock`), so losing the connection releases it.
 */
export const Lock = {
  /** Only one process migrates at a time; the others wait. */
  migrate: 7_300_001,
  /**
   * Shared: a transaction that adds polls, from just before it reads the watermark until it commits. Exclusive: the
   * transaction that advances the watermark. So each poll is either read when its hour is sealed or invalidates that
   * hour.
   */
  seal: 7_300_002,
  /** Serializes creating and removing partitions. */
  partitions: 7_300_003,
  /** Serializes replacing calendars, so that two files that name the same stores do not deadlock. */
  calendars: 7_300_004,
  /** Second key: a block of stores. Serializes writing days of polls. */
  pollDays: 7_300_006,
  /**
   * Second key: a block of stores. Shared: a transaction that adds polls to the head. Exclusive: one that adds polls to
   * days. So a poll that arrives both ways at once is counted once.
   */
  importPolls: 7_300_007,
  /** Second key: the hash of a schedule's name. Serializes writing to its destination. */
  destination: 7_300_005,
} as const;
