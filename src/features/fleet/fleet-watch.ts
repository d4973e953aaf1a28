import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type FleetSummary, FleetService, type SummaryQuery } from './fleet.service.js';

const CHECK_EVERY_MS = 1_000;

export interface FleetState {
  readonly summary: FleetSummary;
  /** Equal for summaries with equal content. */
  readonly version: string;
}

/** Streams changes of the fleet and of running jobs. */
@Injectable()
export class FleetWatch implements OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(private readonly fleet: FleetService) {}

  /**
   * The summary as of PollsService.defaultAsOfMs, at once and whenever it changes, until the signal is aborted or this
   * process stops.
   * @param seen the version that the client already has
   * @throws DomainError invalid_argument
   */
  async *states(
    query: Pick<SummaryQuery, 'basis' | 'filter'>,
    signal: AbortSignal,
    seen?: string,
  ): AsyncGenerator<FleetState> {
    const over = AbortSignal.any([signal, this.stopping.signal]);
    for (let last = seen; !over.aborted;) {
      const summary = await this.fleet.summary(query);
      const version = versionOf(summary);
      if (version !== last) yield { summary, version };
      last = version;
      await sleep(CHECK_EVERY_MS, undefined, { signal: over }).catch(() => {});
    }
  }

  /** Ends the streams first, because the servers wait for them. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }
}

/** A hash of everything except the time of computation. */
const versionOf = (summary: FleetSummary): string =>
  createHash('sha256')
    .update(JSON.stringify({ ...summary, computedAtMs: 0 }))
    .digest('base64url')
    .slice(0, 16);
