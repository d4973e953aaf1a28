import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import type { Removal, RetentionPolicy } from '../../platform/database/retention-policy.js';

export const RETENTION_POLICIES = Symbol('everything that is removed by its age or number');

/** Removes what is kept for no longer. */
@Injectable()
export class RetentionService {
  constructor(
    @Inject(RETENTION_POLICIES) private readonly retained: readonly RetentionPolicy[],
    private readonly clock: Clock,
  ) {}

  /**
   * @param dryRun only say what there is to remove
   * @throws the first error, after all parts have had their turn
   */
  async prune(dryRun: boolean): Promise<Removal[]> {
    const nowMs = this.clock.nowMs();
    const removed: Removal[] = [];
    const errors: unknown[] = [];
    for (const part of this.retained) {
      try {
        removed.push(...(await part.prune(nowMs, dryRun)));
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
    return removed.filter(({ count }) => count > 0);
  }
}
