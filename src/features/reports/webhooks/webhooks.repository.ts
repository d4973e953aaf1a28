import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Pool, type PoolClient } from 'pg';
import { inTransaction } from '../../../platform/database/transaction.js';
import { Jobs } from '../../../platform/jobs/jobs.js';

/** What became of an attempt. */
export interface WebhookOutcome {
  readonly status: number | null;
  readonly error: string | null;
  readonly attemptedAt: Date;
  readonly isDelivered: boolean;
  /** When to try again; undefined: not any more. */
  readonly retryAfterSeconds: number | undefined;
}

/** The columns webhook_* of report, and the jobs that send. */
@Injectable()
export class WebhooksRepository {
  constructor(
    private readonly pool: Pool,
    private readonly jobs: Jobs,
  ) {}

  /** Has the webhook of a report sent, as part of the transaction in which that ends. */
  async ask(client: PoolClient, reportId: string): Promise<void> {
    await this.jobs.start();
    await client.query('update report set webhook_next_at = now() where id = $1', [reportId]);
    await this.jobs.sendIn(client, 'webhook', randomUUID(), { reportId, attempt: 1 });
  }

  /**
   * Writes down what became of an attempt, and has the next one made: both or neither.
   * @returns false: somebody else has made this attempt as well, and was faster
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
