import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type FleetSummary, FleetService } from './fleet.service.js';

const LOOK_EVERY_MS = 1_000;

export interface FleetState {
  readonly summary: FleetSummary;
  /** Two summaries that say the same have the same. */
  readonly version: string;
}

/** Tells how the fleet and the work in hand change. */
@Injectable()
export class FleetWatch implements OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(private readonly fleet: FleetService) {}

  /**
   * The summary as of PollsService.defaultAsOfMs, and again whenever it has changed, until the signal is aborted or this process stops.
   * @param seen version that is known already
   * @throws DomainError invalid_argument
   */
  async *states(basis: unknown, signal: AbortSignal, seen?: string): AsyncGenerator<FleetState> {
    const over = AbortSignal.any([signal, this.stopping.signal]);
    for (let last = seen; !over.aborted;) {
      const summary = await this.fleet.summary(undefined, basis);
      const version = versionOf(summary);
      if (version !== last) yield { summary, version };
      last = version;
      await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => {});
    }
  }

  /** Streams end before the servers do, which would wait for them. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }
}

/** Of all but when it was computed. */
const versionOf = (summary: FleetSummary): string =>
  createHash('sha256')
    .update(JSON.stringify({ ...summary, computedAtMs: 0 }))
    .digest('base64url')
    .slice(0, 16);
