import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings.js';
import type { Removal, RetentionPolicy } from '../../platform/database/retention-policy.js';
import { Storage } from '../../platform/storage/storage.js';
import { OldRunsRepository } from './old-runs.repository.js';

const RUNS_PER_TRANSACTION = 100;

/** Deletes old files of schedules, except the one that latest.json names. The runs stay and can be repeated. */
@Injectable()
export class ScheduleRetention implements RetentionPolicy {
  constructor(
    private readonly runs: OldRunsRepository,
    private readonly storage: Storage,
    private readonly settings: Settings,
  ) {}

  async prune(nowMs: number, dryRun: boolean): Promise<Removal[]> {
    const { keepScheduledForMs } = this.settings;
    const removal = (count: number): Removal[] => [{ count, what: 'schedule files, with their metadata files' }];
    if (keepScheduledForMs === Infinity) return [];
    const madeBefore = new Date(nowMs - keepScheduledForMs);
    if (dryRun) return removal(await this.runs.countOld(madeBefore));
    let count = 0;
    for (let expired; (expired = await this.runs.expire(madeBefore, new Date(nowMs), RUNS_PER_TRANSACTION)) > 0;)
      count += expired;
    for (const schedule of await this.runs.schedulesWithFiles()) {
      const remove = (keys: string[]): Promise<void> => this.storage.remove(keys);
      while ((await this.runs.removeFiles(schedule, RUNS_PER_TRANSACTION, remove)) > 0);
    }
    return removal(count);
  }
}
