import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { DomainError } from '#libs/errors.js';
import { outsideRequests } from '../../platform/database/request-scope.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import type { Report } from './record/report.entity.js';
import { type ReportState, ReportsRepository } from './record/reports.repository.js';

const QUERY_EVERY_MS = 250;

/** Distinguishes the states of one report. States that clients cannot tell apart have the same version. */
export const versionOf = ({ status, storesDone, storesTotal }: Omit<ReportState, 'id'>): string =>
  `${status}-${storesDone}-${storesTotal ?? ''}`;

/** A caller that waits for a report to change. */
interface Watcher {
  readonly id: string;
  readonly version: string;
  /** The report's new state; undefined: it was deleted. */
  readonly tell: (report: Report | undefined) => void;
  readonly fail: (error: DomainError) => void;
}

/**
 * Notifies watchers of changes to running reports. One query, four times a second, covers all watchers of this process,
 * and only while there are any. A report is loaded only when it has changed. A slow watcher misses intermediate states
 * but never the last one.
 */
@Injectable()
export class ReportWatch implements OnModuleDestroy {
  private readonly logger = new Logger('Reports');
  private readonly watchers = new Set<Watcher>();
  private readonly stopping = new AbortController();
  private looking: Promise<void> | undefined;

  constructor(private readonly reports: ReportsRepository) {}

  /**
   * The states of a report after the given one, until it ends, is deleted, or the signal is aborted.
   * @throws DomainError unavailable when this process stops
   */
  async *changes(report: Report, signal: AbortSignal): AsyncGenerator<Report> {
    for (let seen = report; seen.status === 'Running';) {
      const next = await this.next(seen, signal);
      if (!next) return;
      yield next;
      seen = next;
    }
  }

  /** Ends the streams first, because the servers wait for them. */
  onModuleDestroy(): void {
    this.stopping.abort();
    for (const watcher of this.watchers) watcher.fail(processStops());
  }

  private async next(seen: Report, signal: AbortSignal): Promise<Report | undefined> {
    if (signal.aborted) return undefined;
    if (this.stopping.signal.aborted) throw processStops();
    let unsubscribe = (): void => {};
    try {
      return await new Promise<Report | undefined>((tell, fail) => {
        const watcher: Watcher = { id: seen.id, version: versionOf(seen), tell, fail };
        const giveUp = (): void => tell(undefined);
        signal.addEventListener('abort', giveUp);
        unsubscribe = () => {
          this.watchers.delete(watcher);
          signal.removeEventListener('abort', giveUp);
        };
        this.watchers.add(watcher);
        // detached from the first watcher's request: the loop must outlive it
        this.looking ??= outsideRequests(() => this.look());
      });
    } finally {
      unsubscribe();
    }
  }

  private async look(): Promise<void> {
    let isLogged = false;
    while (this.watchers.size > 0 && !this.stopping.signal.aborted) {
      await sleep(QUERY_EVERY_MS, undefined, { signal: this.stopping.signal }).catch(() => {});
      try {
        await this.lookOnce([...this.watchers]);
        isLogged = false;
      } catch (error) {
        // Logged once per outage instead of four times a second; watchers keep waiting.
        if (!isLogged && !this.stopping.signal.aborted)
          this.logger.warn(`Report states could not be read: ${toDomainError(error).message}`);
        isLogged = true;
      }
    }
    this.looking = undefined;
  }

  /** Notifies only watchers registered before the query: what they have seen is not newer than its result. */
  private async lookOnce(watchers: readonly Watcher[]): Promise<void> {
    if (watchers.length === 0) return;
    const states = await this.reports.states(idsOf(watchers));
    const versions = new Map(states.map((state) => [state.id, versionOf(state)]));
    const changed = watchers.filter(({ id, version }) => versions.get(id) !== version);
    if (changed.length === 0) return;
    const reports = new Map((await this.reports.findAll(idsOf(changed))).map((report) => [report.id, report]));
    for (const { id, tell } of changed) tell(reports.get(id));
  }
}

const idsOf = (watchers: readonly Watcher[]): string[] => [...new Set(watchers.map(({ id }) => id))];

const processStops = (): DomainError =>
  new DomainError('unavailable', 'This process is stopping. Reconnect to keep watching.', { retryAfterSeconds: 1 });
