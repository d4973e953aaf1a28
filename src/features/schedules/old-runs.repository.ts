import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { Lock } from '../../platform/database/locks.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { destinationOf } from './schedule-runs.repository.js';

/**
 * Runs that ended before $1 and still have their files, except the newest at each destination of a schedule, which
 * latest.json names.
 */
const OLD = `select schedule, due_at from (
    select schedule, due_at, status, finished_at,
      row_number() over (partition by schedule, ${destinationOf('artifact_key')} order by due_at desc) as place
    from schedule_run where artifact_key is not null and expired_at is null) as there
  where place > 1 and status <> 'Running' and finished_at < $1`;

/** Finds and deletes the files of old runs. */
@Injectable()
export class OldRunsRepository {
  constructor(private readonly pool: Pool) {}

  async countOld(madeBefore: Date): Promise<number> {
    const { rows } = await this.pool.query(`select count(*)::integer as count from (${OLD}) as old`, [madeBefore]);
    return rows[0].count;
  }

  /** Marks up to `limit` old runs as expired, before their files are deleted. @returns how many: 0 when none is left */
  async expire(madeBefore: Date, at: Date, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `update schedule_run set expired_at = $2
       where (schedule, due_at) in (${OLD} limit $3) and status <> 'Running' and expired_at is null`,
      [madeBefore, at, limit],
    );
    return rowCount ?? 0;
  }

  /** Schedules with expired runs whose files may still exist. */
  async schedulesWithFiles(): Promise<string[]> {
    const { rows } = await this.pool.query(
      'select distinct schedule from schedule_run where expired_at is not null and artifact_key is not null order by 1',
    );
    return rows.map((row) => row.schedule as string);
  }

  /**
   * Deletes the files of up to `limit` expired runs of a schedule. Blocks writes to its destination meanwhile, because
   * a repeated run writes its file to the same key.
   * @param remove deletes the given keys; if it throws, nothing is recorded
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
