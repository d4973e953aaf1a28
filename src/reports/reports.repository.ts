import type { Pool, PoolClient } from 'pg';
import type { Database } from '../database/database.js';
import { inTransaction } from '../database/transaction.js';
import { Report } from './report.entity.js';

/** What a report is asked for with; the rest comes later. */
export type ReportDraft = Pick<
  Report,
  'id' | 'asOf' | 'basis' | 'format' | 'stores' | 'windows' | 'createdAt' | 'idempotencyKey' | 'requestDigest'
>;

/** The home of report. */
export class ReportsRepository {
  private readonly orm: Database['orm'];
  private readonly pool: Pool;

  constructor({ orm, pool }: Database) {
    this.orm = orm;
    this.pool = pool;
  }

  /**
   * Writes a new report down, and what `also` writes in the same transaction.
   * @returns false: there is one with its idempotency key already, and nothing was written
   */
  async create(draft: ReportDraft, also: (client: PoolClient) => Promise<void>): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `insert into report (id, status, as_of, basis, format, stores, windows, created_at, idempotency_key, request_digest)
         values ($1, 'Running', $2, $3, $4, $5, $6, $7, $8, $9) on conflict (idempotency_key) do nothing`,
        [
          draft.id,
          draft.asOf.toISOString(),
          draft.basis,
          draft.format,
          draft.stores && JSON.stringify(draft.stores),
          draft.windows && JSON.stringify(draft.windows),
          draft.createdAt.toISOString(),
          draft.idempotencyKey,
          draft.requestDigest,
        ],
      );
      if (rowCount === 0) return false;
      await also(client);
      return true;
    });
  }

  find(id: string): Promise<Report | null> {
    return this.orm.em.fork().findOne(Report, { id });
  }

  findByKey(idempotencyKey: string): Promise<Report | null> {
    return this.orm.em.fork().findOne(Report, { idempotencyKey });
  }

  /** Begins another attempt at a running report; those before it change nothing from now on. @returns its number, from 1 */
  async beginAttempt(id: string): Promise<number | undefined> {
    const { rows } = await this.pool.query(
      `update report set attempt = attempt + 1, heartbeat_at = now(), stores_done = 0
       where id = $1 and status = 'Running' returning attempt`,
      [id],
    );
    return rows[0]?.attempt;
  }

  /** Says that an attempt is alive and how far it is. @returns false: it is not wanted any more */
  async beat(id: string, attempt: number, storesDone: number): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update report set heartbeat_at = now(), stores_done = $3 where id = $1 and attempt = $2 and status = 'Running'`,
      [id, attempt, storesDone],
    );
    return rowCount === 1;
  }

  /** Changes a running report on behalf of an attempt. @returns false: another one makes it, or it has come to its end */
  async update(id: string, attempt: number, changes: Partial<Report>): Promise<boolean> {
    return (await this.orm.em.fork().nativeUpdate(Report, { id, attempt, status: 'Running' }, changes)) === 1;
  }

  /** Ends a running report, whoever makes it. @returns false: it has come to its end already */
  async fail(id: string, error: string, finishedAt: Date): Promise<boolean> {
    const changes = { status: 'Failed', error, finishedAt } as const;
    return (await this.orm.em.fork().nativeUpdate(Report, { id, status: 'Running' }, changes)) === 1;
  }

  /** Running reports of which nothing was heard for so long. */
  async silent(seconds: number): Promise<string[]> {
    const { rows } = await this.pool.query(
      `select id from report where status = 'Running' and heartbeat_at < now() - $1 * interval '1 second'`,
      [seconds],
    );
    return rows.map((row) => row.id as string);
  }

  countRunning(): Promise<number> {
    return this.orm.em.fork().count(Report, { status: 'Running' });
  }
}
