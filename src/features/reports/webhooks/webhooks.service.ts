import { Injectable, Logger } from '@nestjs/common';
import { formatInstant } from '#libs/instant/instant.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Settings } from '../../../platform/config/settings.js';
import type { Report } from '../record/report.entity.js';
import { ReportsRepository } from '../record/reports.repository.js';
import { type WebhookAnswer, WebhookSender } from './webhook-sender.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Delays after failed attempts, as in the Standard Webhooks specification: about 31 hours in total. */
export const RETRY_AFTER_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400];
/** 410 Gone: the receiver wants no further attempts. */
const GONE = 410;
const MAX_ERROR_LENGTH = 1_000;

/** Notifies reports' webhook URLs when the reports end. */
@Injectable()
export class WebhooksService {
  private readonly logger = new Logger('Webhooks');

  constructor(
    private readonly reports: ReportsRepository,
    private readonly webhooks: WebhooksRepository,
    private readonly sender: WebhookSender,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * Makes one attempt, unless it was already made, and queues the next. After a worker crash the attempt is repeated.
   */
  async deliver(reportId: string, attempt: number): Promise<void> {
    const report = await this.reports.find(reportId);
    if (!report || typeof report.webhookUrl !== 'string' || report.webhookAttempts !== attempt - 1) return;
    const message = { id: `report_${report.id}`, url: report.webhookUrl, body: bodyOf(report, this.settings) };
    const attemptedAt = new Date(this.clock.nowMs());
    const answer = await this.sender.send(message, attemptedAt.getTime());
    const isDelivered = 'status' in answer && answer.status >= 200 && answer.status < 300;
    const isOver = isDelivered || ('status' in answer && answer.status === GONE);
    const retryAfterSeconds = isOver ? undefined : pauseAfter(attempt, answer);
    const status = 'status' in answer ? answer.status : null;
    const error = isDelivered ? null : reasonOf(answer);
    const outcome = { status, error, attemptedAt, isDelivered, retryAfterSeconds };
    if (!(await this.webhooks.record(reportId, attempt, outcome)) || isDelivered) return;
    // the path may contain secrets
    const where = new URL(report.webhookUrl).host;
    const next = retryAfterSeconds === undefined ? 'Giving up.' : `Next attempt in ${retryAfterSeconds} s.`;
    this.logger.warn(`The webhook of the report ${reportId} to ${where}, attempt ${attempt}: ${error} ${next}`);
  }
}

/**
 * Never shorter than the schedule: a receiver that asks for 1 s each time would otherwise exhaust all attempts within
 * seconds.
 */
function pauseAfter(attempt: number, answer: WebhookAnswer): number | undefined {
  const pause = RETRY_AFTER_SECONDS[attempt - 1];
  const asked = 'status' in answer ? (answer.retryAfterSeconds ?? 0) : 0;
  return pause && Math.min(Math.max(pause, asked), RETRY_AFTER_SECONDS.at(-1)!);
}

function reasonOf(answer: WebhookAnswer): string {
  if ('error' in answer) return answer.error.slice(0, MAX_ERROR_LENGTH);
  if (answer.status === GONE) return 'The receiver answered 410 Gone.';
  const redirect = answer.status >= 300 && answer.status < 400 ? '; redirects are not followed' : '';
  return `The receiver answered ${answer.status}${redirect}.`;
}

/** The same for every attempt, and small: the report has further details. */
function bodyOf(report: Report, settings: Settings): string {
  const finishedAt = formatInstant(report.finishedAt!.getTime());
  const isComplete = report.status === 'Complete';
  return JSON.stringify({
    type: isComplete ? 'report.completed' : 'report.failed',
    timestamp: finishedAt,
    data: {
      report_id: report.id,
      ...(settings.publicUrl !== undefined && { report_url: settings.linkTo(`/v1/reports/${report.id}`) }),
      status: report.status,
      as_of: formatInstant(report.asOf.getTime()),
      basis: report.basis,
      format: report.format,
      finished_at: finishedAt,
      ...(isComplete
        ? { stores: report.storesTotal, size_bytes: report.sizeBytes, sha256: report.sha256 }
        : { error: report.error?.slice(0, MAX_ERROR_LENGTH) }),
    },
  });
}
