import type { Pool, PoolClient } from 'pg';
import type { Database } from '../../../platform/database/database.js';
import { currentLimit } from '../../../platform/database/store-limit.js';
import { timestampText } from '../../../platform/database/sql.js';
import { inTransaction } from '../../../platform/database/transaction.js';
import { Report, type ReportStatus } from './report.entity.js';
import type { WebhookFields } from './webhook-state.js';

/** The fields of a new report. */
export type ReportDraft = Pick<
  Report,
  | 'id'
  | 'asOf'
  | 'basis'
  | 'format'
  | 'stores'
  | 'filter'
  | 'limitedTo'
  | 'windows'
  | 'columns'
  | 'groupBy'
  | 'createdAt'
  | 'idempotencyKey'
  | 'requestDigest'
  | 'webhookUrl'
>;

/** The fields set when a report completes. */
export type ReportEnd = Pick<
  Report,
  'storesDone' | 'sizeBytes' | 'sha256' | 'account' | 'storageKey' | 'accountKey' | 'finishedAt'
>;

/** The position of a report in the list. */
export interface ReportCursor {
  readonly createdAtMs: number;
  readonly id: string;
}

/** Selects reports created in [fromMs, toMs), after a cursor. */
export interface ReportFilter {
  readonly status?: ReportStatus | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly after?: ReportCursor | undefined;
}

/** A report as shown in lists. */
export type ReportSummary = Pick<
  Report,
  | 'id'
  | 'status'
  | 'error'
  | 'asOf'
  | 'basis'
  | 'format'
  | 'filter'
  | 'windows'
  | 'storesDone'
  | 'storesTotal'
  | 'sizeBytes'
  | 'sha256'
  | 'createdAt'
  | 'finishedAt'
  | 'expiredAt'
> &
  WebhookFields;

/** The fields that change while a report is made. */
export type ReportState = Pick<Report, 'id' | 'status' | 'storesDone' | 'storesTotal'>;

/** Owns the table report. A caller with a limit finds only the reports that were made with the same limit. */
export class ReportsRepository {
  private readonly orm: Database['orm'];
  private readonly pool: Pool;

  /** @param atEnd makes further writes when a report with a webhook ends */
  constructor(
    { orm, pool }: Database,
    private readonly atEnd: (client: PoolClient, id: string) => Promise<void> = async () => {},
  ) {
    this.orm = orm;
    this.pool = pool;
  }

  /**
   * Creates a report, together with the writes of `also`.
   * @returns false, without effect, when its idempotency key is already used
   */
  async create(draft: ReportDraft, also: (client: PoolClient) => Promise<void>): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `insert into report (id, status, as_of, basis, format, stores, windows, created_at, idempotency_key, request_digest,
           webhook_url, columns, group_by, filter, limited_to)
         values ($1, 'Running', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (idempotency_key, coalesce(md5(limited_to), '')) do nothing`,
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
          draft.webhookUrl,
          draft.columns && JSON.stringify(draft.columns),
          draft.groupBy && JSON.stringify(draft.groupBy),
          draft.filter,
          draft.limitedTo,
        ],
      );
      if (rowCount === 0) return false;
      await also(client);
      return true;
    });
  }

  /** Polled by clients while a report runs. MikroORM's query builder would take a seventh of the response time. */
  async find(id: string): Promise<Report | null> {
    const { rows } = await this.pool.query(
      'select * from report where id = $1 and ($2::text is null or limited_to = $2)',
      [id, currentLimit()?.text],
    );
    return rows.length === 0 ? null : this.orm.em.fork().map(Report, rows[0]);
  }

  findByKey(idempotencyKey: string): Promise<Report | null> {
    return this.orm.em.fork().findOne(Report, { idempotencyKey, limitedTo: currentLimit()?.text ?? null });
  }

  /**
   * A page of reports, newest first, without the potentially large fields: the requested ids and the metadata.
   * @param after the last report of the previous page
   */
  async list({ status, fromMs, toMs, after }: ReportFilter, limit: number): Promise<ReportSummary[]> {
    const { rows } = await this.pool.query(
      `select id from report
       where ($1::text is null or status = $1)
         and ($2::timestamptz is null or created_at >= $2) and ($3::timestamptz is null or created_at < $3)
         and ($4::timestamptz is null or (created_at, id) < ($4, $5::uuid))
         and ($7::text is null or (limited_to = $7 and md5(limited_to) = md5($7)))
       order by created_at desc, id desc limit $6`,
      [status, textOf(fromMs), textOf(toMs), textOf(after?.createdAtMs), after?.id, limit, currentLimit()?.text],
    );
    const ids = rows.map((row) => row.id as string);
    const options = { orderBy: { createdAt: 'desc', id: 'desc' }, exclude: ['stores', 'account'] } as const;
    // MikroORM's type for partial loading does not cover json columns.
    const reports: unknown = await this.orm.em.fork().find(Report, { id: { $in: ids } }, options);
    return reports as ReportSummary[];
  }

  /** The reports among these ids that exist. */
  findAll(ids: readonly string[]): Promise<Report[]> {
    return this.orm.em.fork().find(Report, { id: { $in: [...ids] } });
  }

  /** The state of each of these reports; missing ones are left out. */
  async states(ids: readonly string[]): Promise<ReportState[]> {
    const { rows } = await this.pool.query(
      `select id, status, stores_done as "storesDone", stores_total as "storesTotal" from report where id = any($1)`,
      [ids],
    );
    return rows;
  }

  /** Starts a new attempt at a running report; earlier attempts can no longer change it. @returns its number, from 1 */
  async beginAttempt(id: string): Promise<number | undefined> {
    const { rows } = await this.pool.query(
      `update report set attempt = attempt + 1, heartbeat_at = now(), stores_done = 0
       where id = $1 and status = 'Running' returning attempt`,
      [id],
    );
    return rows[0]?.attempt;
  }

  /** Records a heartbeat and the progress of an attempt. @returns false when the attempt is superseded */
  async beat(id: string, attempt: number, storesDone: number): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update report set heartbeat_at = now(), stores_done = $3 where id = $1 and attempt = $2 and status = 'Running'`,
      [id, attempt, storesDone],
    );
    return rowCount === 1;
  }

  /** Whether an attempt is still the current one of a running report. */
  async isCurrent(id: string, attempt: number): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `select from report where id = $1 and attempt = $2 and status = 'Running'`,
      [id, attempt],
    );
    return rowCount === 1;
  }

  /** Changes a running report for an attempt. @returns false when the attempt is superseded or the report has ended */
  async update(id: string, attempt: number, changes: Partial<Report>): Promise<boolean> {
    return (await this.orm.em.fork().nativeUpdate(Report, { id, attempt, status: 'Running' }, changes)) === 1;
  }

  /**
   * Completes a running report for an attempt. @returns false when the attempt is superseded or the report has ended
   */
  complete(id: string, attempt: number, end: ReportEnd): Promise<boolean> {
    return this.end(
      `update report set status = 'Complete', stores_done = $3, size_bytes = $4, sha256 = $5, account = $6,
         storage_key = $7, account_key = $8, finished_at = $9
       where id = $1 and attempt = $2 and status = 'Running'`,
      [
        id,
        attempt,
        end.storesDone,
        end.sizeBytes,
        end.sha256,
        JSON.stringify(end.account),
        end.storageKey,
        end.accountKey,
        end.finishedAt,
      ],
    );
  }

  /** Fails a running report, regardless of the attempt. @returns false when it has already ended */
  fail(id: string, error: string, finishedAt: Date): Promise<boolean> {
    return this.end(
      `update report set status = 'Failed', error = $2, finished_at = $3 where id = $1 and status = 'Running'`,
      [id, error, finishedAt],
    );
  }

  private end(update: string, values: unknown[]): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query(`${update} returning id, webhook_url`, values);
      if (rows.length === 0) return false;
      if (rows[0].webhook_url !== null) await this.atEnd(client, rows[0].id);
      return true;
    });
  }

  /**
   * Cancels a running report, together with the writes of `also`.
   * @returns false when it has already ended
   */
  cancel(id: string, at: Date, also: (client: PoolClient) => Promise<void>): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `update report set status = 'Cancelled', error = 'It was cancelled.', finished_at = $2
         where id = $1 and status = 'Running'`,
        [id, at.toISOString()],
      );
      if (rowCount === 0) return false;
      await also(client);
      return true;
    });
  }

  /** Deletes a complete or failed report, together with the writes of `also`. */
  remove(id: string, also: (client: PoolClient) => Promise<void>): Promise<void> {
    return inTransaction(this.pool, async (client) => {
      await client.query(`delete from report where id = $1 and status in ('Complete', 'Failed')`, [id]);
      await also(client);
    });
  }

  /** Running reports without a heartbeat for `seconds`. */
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

const textOf = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : timestampText(ms));
