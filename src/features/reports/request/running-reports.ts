import { DomainError } from '#libs/errors.js';
import type { ReportsRepository } from '../record/reports.repository.js';

const RETRY_AFTER_SECONDS = 30;

/**
 * Limits the running reports of the whole system to `max` (MAX_RUNNING_REPORTS). Reports triggered at the same moment
 * do not see each other, so there may be a few more.
 * @throws DomainError resource_exhausted
 */
export async function checkRunningReports(reports: ReportsRepository, max: number): Promise<void> {
  const running = await reports.countRunning();
  if (running < max) return;
  throw new DomainError(
    'resource_exhausted',
    `Too many reports are running: ${running} of at most ${max} (MAX_RUNNING_REPORTS). Try again in ${RETRY_AFTER_SECONDS} s.`,
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}
