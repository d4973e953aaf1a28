/**
 * Advisory locks, all of them, so that no two parts of the program pick the same number. Every one is taken at
 * transaction level (`pg_advisory_xact_lock`), so a lost connection frees it.
 */
export const Lock = {
  /** One process migrates, the others wait. */
  migrate: 7_300_001,
  /**
   * Shared: a transaction that adds polls, from just before it reads how far the hours are sealed until it commits.
   * Exclusive: the one that seals further. So a poll is either there when its hour is sealed or marks it due.
   */
  seal: 7_300_002,
  /** One at a time creates partitions. */
  partitions: 7_300_003,
  /** One at a time replaces calendars, so that two files that name the same stores do not deadlock. */
  calendars: 7_300_004,
  /** With a block of stores as second key: one at a time writes days of polls. */
  pollDays: 7_300_006,
  /**
   * With a block of stores as second key. Shared: a transaction that adds polls to the head. Exclusive: one that adds polls to days.
   * So a poll that comes both ways at once is counted once.
   */
  importPolls: 7_300_007,
  /** With the hash of a schedule's name as second key: one at a time writes what lies at its destination. */
  destination: 7_300_005,
} as const;
