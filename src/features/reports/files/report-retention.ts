import { Injectable } from '@nestjs/common';
import { Settings } from '../../../platform/config/settings.js';
import type { Removal, RetentionPolicy } from '../../../platform/database/retention-policy.js';
import { Storage } from '../../../platform/storage/storage.js';
import { type OldReports, OldReportsRepository } from './old-reports.repository.js';

const REPORTS_PER_TRANSACTION = 100;

/**
 * Deletes the files of old reports, and much later the reports themselves. A report is marked as expired before its
 * file is deleted: nobody is promised a missing file, and the next run finds what a crash left behind.
 */
@Injectable()
export class ReportRetention implements RetentionPolicy {
  constructor(
    private readonly reports: OldReportsRepository,
    private readonly storage: Storage,
    private readonly settings: Settings,
  ) {}

  async prune(nowMs: number, dryRun: boolean): Promise<Removal[]> {
    const { keepReportsForMs, keepReports } = this.settings;
    const isForever = keepReportsForMs === Infinity;
    const old: OldReports = {
      endedBefore: isForever ? null : new Date(nowMs - keepReportsForMs),
      newest: keepReports === Infinity ? null : keepReports,
    };
    const gone = isForever ? undefined : new Date(nowMs - 2 * keepReportsForMs);
    const removal = (files: number, reports: number): Removal[] => [
      { count: files, what: 'report files, with their metadata files' },
      { count: reports, what: 'reports' },
    ];
    if (dryRun) return removal(await this.reports.countOld(old), gone ? await this.reports.countEnded(gone) : 0);
    let files = 0;
    for (let expired; (expired = await this.reports.expire(old, new Date(nowMs), REPORTS_PER_TRANSACTION)) > 0;)
      files += expired;
    await this.removeFiles();
    return removal(files, gone ? await this.removeReports(gone) : 0);
  }

  private async removeReports(endedBefore: Date): Promise<number> {
    let count = 0;
    for (let removed; (removed = await this.reports.remove(endedBefore, REPORTS_PER_TRANSACTION)) > 0;)
      count += removed;
    return count;
  }

  private async removeFiles(): Promise<void> {
    for (let batch; (batch = await this.reports.withFiles(REPORTS_PER_TRANSACTION)).length > 0;) {
      const keys = batch.flatMap(({ storageKey, accountKey }) => [storageKey, accountKey]);
      await this.storage.remove(keys.filter((key) => key !== null));
      await this.reports.filesRemoved(batch.map(({ id }) => id));
    }
  }
}
