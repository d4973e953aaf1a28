import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { DomainError } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.js';
import { retentionHorizon } from '../../platform/database/retention-horizon.js';
import { removable, removeBefore } from '../../platform/database/old-weeks.js';
import { type PartitionedTable, weekOf, weekStartMs } from '../../platform/database/partitions.js';
import { limitLockWait, unlessLocked } from '../../platform/database/sql.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { foldHeads } from '../polls/fold.js';
import type { Removal, RetentionPolicy } from '../../platform/database/retention-policy.js';
import { RollupsRepository } from './rollups.repository.js';

/** How long a step waits for running roll-ups. */
const ROLLUPS_SECONDS = 5;
const TRIES = 10;
const PAUSE_MS = 3_000;

/** Deletes old polls and rollups in whole weeks (docs/decisions/0017-old-weeks-leave-whole.md). */
@Injectable()
export class WeekRetention implements RetentionPolicy {
  private readonly pool: Pool;

  constructor(
    database: Database,
    private readonly rollups: RollupsRepository,
    private readonly settings: Settings,
  ) {
    this.pool = database.pool;
  }

  /** @throws DomainError unavailable when the tables stay in use; the next run deletes what is left */
  async prune(nowMs: number, dryRun: boolean): Promise<Removal[]> {
    const { keepPollsForMs, keepRollupsForMs } = this.settings;
    // Rollups first: they are never kept longer than the polls they are computed from.
    const hours = await this.removeWeeks('uptime_day', 'rollups', nowMs - keepRollupsForMs, dryRun);
    const polls = await this.removeWeeks('status_day', 'polls', nowMs - keepPollsForMs, dryRun);
    return [...hours, ...polls];
  }

  private async removeWeeks(
    table: PartitionedTable,
    what: string,
    beforeMs: number,
    dryRun: boolean,
  ): Promise<Removal[]> {
    if (beforeMs === -Infinity) return [];
    const toMs = weekStartMs(weekOf(beforeMs));
    const { mondaysMs, weeks } = await removable(this.pool, table, toMs);
    const removal = [{ count: weeks, what: `weeks of ${what} before ${formatInstant(toMs).slice(0, 10)}` }];
    if (dryRun) return removal;
    const isPolls = table === 'status_day';
    if (isPolls && (await retentionHorizon(this.pool)).pollsMs < toMs) {
      await retrying(what, () => this.rollups.keepPollsFrom(toMs));
    }
    for (const mondayMs of mondaysMs) {
      await retrying(what, () =>
        this.withoutRollups(async (client) => {
          if (isPolls) await foldHeads(client, mondayMs);
          await removeBefore(client, table, mondayMs);
          if (!isPolls) await this.rollups.keepHoursFrom(client, mondayMs);
        }),
      );
    }
    return removal;
  }

  /** Runs `work` while no roll-up runs. @returns false, without effect, when roll-ups ran for too long */
  private withoutRollups(work: (client: PoolClient) => Promise<void>): Promise<boolean> {
    const working = inTransaction(this.pool, async (client) => {
      await limitLockWait(client, ROLLUPS_SECONDS);
      await this.rollups.lockAllBlocks(client);
      await work(client);
      return true;
    });
    return unlessLocked(working, false);
  }
}

async function retrying(what: string, attempt: () => Promise<boolean>): Promise<void> {
  for (let tries = 1; !(await attempt()); tries++) {
    if (tries === TRIES) throw new DomainError('unavailable', `Old ${what} are in use; the next run removes them.`);
    await sleep(PAUSE_MS);
  }
}
