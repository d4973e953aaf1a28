import { formatInstant } from '#libs/instant/instant.js';
import type { Report } from './report.entity.js';

export const WEBHOOK_STATES = ['Waiting', 'Delivered', 'GivenUp'] as const;

/** What became of a report's webhook, for whoever may see the report. */
export interface WebhookState {
  /** Of the URL, which may hold secrets. */
  readonly host: string;
  readonly state: (typeof WEBHOOK_STATES)[number];
  readonly attempts: number;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly last_attempt_at: string | null;
  readonly next_attempt_at: string | null;
}

/** What of a report says how its webhook is. */
export type WebhookFacts = Pick<
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

/** undefined: it has none. Of a report that was cancelled nobody is told. */
export function webhookState(report: WebhookFacts): WebhookState | undefined {
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
