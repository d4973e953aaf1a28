import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { Lock } from '../../platform/database/locks.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { destinationOf } from './schedule-runs.repository.js';

/**
 * Runs that were made before $1 and have their files, save the newest of each destination that a schedule has had: its
 * latest.json says that it is there.
 */
const OLD = `select schedule, due_at from (
    select schedule, due_at, status, finished_at,
      row_number() over (partition by schedule, ${destinationOf('artifact_key')} order by due_at desc) as place
    from schedule_run where artifact_key is not null and expired_at is null) as there
  where place > 1 and status <> 'Running' and finished_at < $1`;

/** What there is of files of schedules, as they get old. */
@Injectable()
export class OldRunsRepository {
  constructor(private readonly pool: Pool) {}

  async countOld(madeBefore: Date): Promise<number> {
    const { rows } = await this.pool.query(`select count(*)::integer as count from (${OLD}) as old`, [madeBefore]);
    return rows[0].count;
  }

  /** Says of some old runs that their files are gone, before they are. @returns how many: 0 when none is left */
  async expire(madeBefore: Date, at: Date, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `update schedule_run set expired_at = $2
       where (schedule, due_at) in (${OLD} limit $3) and status <> 'Running' and expired_at is null`,
      [madeBefore, at, limit],
    );
    return rowCount ?? 0;
  }

  /** Schedules with runs of which it was said, and whose files may still be there. */
  async schedulesWithFiles(): Promise<string[]> {
    const { rows } = await this.pool.query(
      'select distinct schedule from schedule_run where expired_at is not null and artifact_key is not null order by 1',
    );
    return rows.map((row) => row.schedule as string);
  }

  /**
   * Removes files of some such runs of a schedule, while nobody writes to its destination: a run that is made again has its
   * file in the same place.
   * @param remove is given the keys; what it throws leaves all as it was said
   * @returns how many runs: 0 when none is left
   */
  async removeFiles(schedule: string, limit: number, remove: (keys: string[]) => Promise<void>): Promise<number> {
    return inTransaction(this.pool, async (client) => {
      await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [Lock.destination, schedule]);
      const { rows } = await client.query(
        `select due_at, artifact_key, account_key from schedule_run
         where schedule = $1 and expired_at is not null and artifact_key is not null order by due_at limit $2`,
        [schedule, limit],
      );
      await remove(rows.flatMap((row) => [row.artifact_key as string, row.account_key as string]));
      await client.query(
        `update schedule_run set artifact_key = null, account_key = null, size_bytes = null, sha256 = null
         where schedule = $1 and due_at = any($2::timestamptz[])`,
        [schedule, rows.map((row) => row.due_at as Date)],
      );
      return rows.length;
    });
  }
}
