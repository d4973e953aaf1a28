import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import type { Removal, RetentionPolicy } from '../../platform/database/retention-policy.js';

export const RETENTION_POLICIES = Symbol('retention policies');

/** Deletes data past its retention period. */
@Injectable()
export class RetentionService {
  constructor(
    @Inject(RETENTION_POLICIES) private readonly policies: readonly RetentionPolicy[],
    private readonly clock: Clock,
  ) {}

  /**
   * @param dryRun only report what would be deleted
   * @throws the first error, after all policies have run
   */
  async prune(dryRun: boolean): Promise<Removal[]> {
    const nowMs = this.clock.nowMs();
    const removed: Removal[] = [];
    const errors: unknown[] = [];
    for (const policy of this.policies) {
      try {
        removed.push(...(await policy.prune(nowMs, dryRun)));
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
    return removed.filter(({ count }) => count > 0);
  }
}
