import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Pool, type PoolClient } from 'pg';
import { inTransaction } from '../../../platform/database/transaction.js';
import { Jobs } from '../../../platform/jobs/jobs.js';

/** The outcome of an attempt. */
export interface WebhookOutcome {
  readonly status: number | null;
  readonly error: string | null;
  readonly attemptedAt: Date;
  readonly isDelivered: boolean;
  /** The delay before the next attempt; undefined: no more attempts. */
  readonly retryAfterSeconds: number | undefined;
}

/** Writes the webhook_* columns of report, and queues delivery jobs. */
@Injectable()
export class WebhooksRepository {
  constructor(
    private readonly pool: Pool,
    private readonly jobs: Jobs,
  ) {}

  /** Queues the delivery of a report's webhook, in the transaction that ends the report. */
  async queue(client: PoolClient, reportId: string): Promise<void> {
    await this.jobs.start();
    await client.query('update report set webhook_next_at = now() where id = $1', [reportId]);
    await this.jobs.sendIn(client, 'webhook', randomUUID(), { reportId, attempt: 1 });
  }

  /**
   * Records the outcome of an attempt and queues the next one, in one transaction.
   * @returns false when another process has recorded this attempt first
   */
  record(reportId: string, attempt: number, outcome: WebhookOutcome): Promise<boolean> {
    const { status, error, attemptedAt, isDelivered, retryAfterSeconds } = outcome;
    return inTransaction(this.pool, async (client) => {
      const nextAt = retryAfterSeconds && new Date(attemptedAt.getTime() + retryAfterSeconds * 1_000);
      const { rowCount } = await client.query(
        `update report set webhook_attempts = $2, webhook_status = $3, webhook_error = $4, webhook_attempted_at = $5,
           webhook_next_at = $6, webhook_delivered_at = case when $7 then $5::timestamptz end
         where id = $1 and webhook_attempts = $2 - 1`,
        [reportId, attempt, status, error, attemptedAt, nextAt ?? null, isDelivered],
      );
      if (rowCount === 1 && retryAfterSeconds !== undefined) {
        const next = { reportId, attempt: attempt + 1 };
        await this.jobs.sendIn(client, 'webhook', randomUUID(), next, retryAfterSeconds);
      }
      return rowCount === 1;
    });
  }
}
