import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

/** Which reports are old: those ended before an instant, and those beyond the newest `newest`. null: no limit. */
export interface OldReports {
  readonly endedBefore: Date | null;
  readonly newest: number | null;
}

export interface ExpiredReport {
  readonly id: string;
  readonly storageKey: string;
  readonly accountKey: string | null;
}

/** Complete reports that still have their files; $1 is endedBefore, $2 newest. */
const OLD = `status = 'Complete' and expired_at is null and storage_key is not null
  and (finished_at < $1 or id in (
    select id from report where $2::integer is not null and status = 'Complete' and expired_at is null
    order by finished_at desc, id offset $2))`;

/** Finds and deletes old reports and their files. */
@Injectable()
export class OldReportsRepository {
  constructor(private readonly pool: Pool) {}

  async countOld({ endedBefore, newest }: OldReports): Promise<number> {
    const { rows } = await this.pool.query(`select count(*)::integer as count from report where ${OLD}`, [
      endedBefore,
      newest,
    ]);
    return rows[0].count;
  }

  /**
   * Marks up to `limit` old reports as expired, before their files are deleted. @returns how many: 0 when none is left
   */
  async expire({ endedBefore, newest }: OldReports, at: Date, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `update report set expired_at = $3 where id in (select id from report where ${OLD} order by finished_at limit $4)`,
      [endedBefore, newest, at, limit],
    );
    return rowCount ?? 0;
  }

  /** Expired reports whose files may still exist. */
  async withFiles(limit: number): Promise<ExpiredReport[]> {
    const { rows } = await this.pool.query(
      `select id, storage_key as "storageKey", account_key as "accountKey" from report
       where expired_at is not null and storage_key is not null order by expired_at limit $1`,
      [limit],
    );
    return rows;
  }

  async filesRemoved(ids: readonly string[]): Promise<void> {
    await this.pool.query('update report set storage_key = null, account_key = null where id = any($1::uuid[])', [ids]);
  }

  async countEnded(before: Date): Promise<number> {
    const { rows } = await this.pool.query('select count(*)::integer as count from report where finished_at < $1', [
      before,
    ]);
    return rows[0].count;
  }

  /** Deletes up to `limit` reports that ended long ago and have no files. @returns how many: 0 when none is left */
  async remove(before: Date, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from report where id in (
         select id from report where finished_at < $1 and status <> 'Running' and storage_key is null
         order by finished_at limit $2)`,
      [before, limit],
    );
    return rowCount ?? 0;
  }
}
