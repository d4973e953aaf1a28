import { Injectable } from '@nestjs/common';
import { Settings } from '../../../platform/config/settings.js';
import type { Removal, RetentionPolicy } from '../../../platform/database/retention-policy.js';
import { ImportsRepository } from './imports.repository.js';

/** Small, because deleting an import deletes up to MAX_REJECTS_KEPT rejects with it. */
const IMPORTS_PER_TRANSACTION = 10;

/** Deletes the records of old imports. */
@Injectable()
export class ImportRetention implements RetentionPolicy {
  constructor(
    private readonly imports: ImportsRepository,
    private readonly settings: Settings,
  ) {}

  async prune(nowMs: number, dryRun: boolean): Promise<Removal[]> {
    const { keepImportsForMs } = this.settings;
    if (keepImportsForMs === Infinity) return [];
    const before = new Date(nowMs - keepImportsForMs);
    const removal = (count: number): Removal[] => [{ count, what: 'records of imports, with their rejected rows' }];
    if (dryRun) return removal(await this.imports.countEndedBefore(before));
    let count = 0;
    for (let removed; (removed = await this.imports.removeEndedBefore(before, IMPORTS_PER_TRANSACTION)) > 0;)
      count += removed;
    return removal(count);
  }
}
