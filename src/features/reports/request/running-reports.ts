import { DomainError } from '#libs/errors.js';
import type { ReportsRepository } from '../record/reports.repository.js';

const RETRY_AFTER_SECONDS = 30;

/**
 * Lets no more reports run in the whole system than `max` (MAX_RUNNING_REPORTS). Those that are triggered at the same
 * moment do not see one another, so there may be a few more.
 * @throws DomainError resource_exhausted
 */
export async function checkRunningReports(reports: ReportsRepository, max: number): Promise<void> {
  const running = await reports.countRunning();
  if (running < max) return;
  throw new DomainError(
    'resource_exhausted',
    `${running} reports are Running, and ${max} may (MAX_RUNNING_REPORTS). Try again in ${RETRY_AFTER_SECONDS} s.`,
    undefined,
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}
