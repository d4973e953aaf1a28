import type { Pool, PoolClient } from 'pg';
import { DomainError } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import { epochMs } from './sql.js';

/**
 * The earliest time whose data is kept, epoch ms; -Infinity if all data is. Both are the start of a week. Hours are not
 * kept longer than the polls they are computed from.
 */
export interface RetentionHorizon {
  readonly pollsMs: number;
  readonly hoursMs: number;
}

export async function retentionHorizon(on: Pool | PoolClient): Promise<RetentionHorizon> {
  const { rows } = await on.query(
    `select ${epochMs('polls_from')} as "pollsMs", ${epochMs('hours_from')} as "hoursMs" from rollup_state`,
  );
  return rows[0];
}

/** The polls to write are before the retention horizon. Nothing was written. */
export class BeforeHorizon extends DomainError {
  constructor(readonly horizonMs: number) {
    super(
      'unavailable',
      `Polls before ${formatInstant(horizonMs)} were just removed (KEEP_POLLS_FOR). Send the request again: they will be rejected.`,
      { retryAfterSeconds: 1 },
    );
  }
}

export const beforeHorizonReason = (horizonMs: number): string =>
  `before the retention horizon: polls are kept from ${formatInstant(horizonMs)} on (KEEP_POLLS_FOR)`;
