import { formatInstant } from '#libs/instant/instant.js';
import type { Report } from './report.entity.js';

export const WEBHOOK_STATES = ['Waiting', 'Delivered', 'GivenUp'] as const;

/** The delivery state of a report's webhook, as shown in the API. */
export interface WebhookState {
  /** The host of the URL. The full URL may contain secrets. */
  readonly host: string;
  readonly state: (typeof WEBHOOK_STATES)[number];
  readonly attempts: number;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly last_attempt_at: string | null;
  readonly next_attempt_at: string | null;
}

/** The report's fields that determine the state of its webhook. */
export type WebhookFields = Pick<
  Report,
  | 'status'
  | 'webhookUrl'
  | 'webhookAttempts'
  | 'webhookStatus'
  | 'webhookError'
  | 'webhookAttemptedAt'
  | 'webhookNextAt'
  | 'webhookDeliveredAt'
>;

/** Undefined without a webhook. A cancelled report sends none. */
export function webhookState(report: WebhookFields): WebhookState | undefined {
  if (typeof report.webhookUrl !== 'string') return undefined;
  const isOver = report.status === 'Cancelled' || (report.webhookAttempts > 0 && !report.webhookNextAt);
  return {
    host: new URL(report.webhookUrl).host,
    state: report.webhookDeliveredAt ? 'Delivered' : isOver ? 'GivenUp' : 'Waiting',
    attempts: report.webhookAttempts,
    last_status: report.webhookStatus ?? null,
    last_error: report.webhookError ?? null,
    last_attempt_at: text(report.webhookAttemptedAt),
    next_attempt_at: text(report.webhookNextAt),
  };
}

const text = (at: Date | null | undefined): string | null => (at ? formatInstant(at.getTime()) : null);
