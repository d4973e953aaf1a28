import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { DomainError } from '#libs/errors.js';
import { outsideRequests } from '../../platform/database/request-scope.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import type { Report } from './record/report.entity.js';
import { type ReportState, ReportsRepository } from './record/reports.repository.js';

const LOOK_EVERY_MS = 250;

/** What tells the states of one report apart. Two that look alike from outside have the same. */
export const versionOf = ({ status, storesDone, storesTotal }: Omit<ReportState, 'id'>): string =>
  `${status}-${storesDone}-${storesTotal ?? ''}`;

/** Somebody who waits for a report to change. */
interface Watcher {
  readonly id: string;
  readonly version: string;
  /** The report as it is now; undefined: there is none any longer. */
  readonly tell: (report: Report | undefined) => void;
  readonly fail: (error: DomainError) => void;
}

/**
 * Tells how running reports go on. However many are watched in this process, one query looks at all of them, four times a
 * second and only while there is anybody; a report is read only when it has changed. Who is slow misses states, and never the
 * last one.
 */
@Injectable()
export class ReportWatch implements OnModuleDestroy {
  private readonly logger = new Logger('Reports');
  private readonly watchers = new Set<Watcher>();
  private readonly stopping = new AbortController();
  private looking: Promise<void> | undefined;

  constructor(private readonly reports: ReportsRepository) {}

  /**
   * The states of a report that come after the one given, until it is no longer running, it is not there any more, or the signal
   * is aborted.
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

  /** Streams end before the servers do, which would wait for them. */
  onModuleDestroy(): void {
    this.stopping.abort();
    for (const watcher of this.watchers) watcher.fail(processStops());
  }

  private async next(seen: Report, signal: AbortSignal): Promise<Report | undefined> {
    if (signal.aborted) return undefined;
    if (this.stopping.signal.aborted) throw processStops();
    let leave = (): void => {};
    try {
      return await new Promise<Report | undefined>((tell, fail) => {
        const watcher: Watcher = { id: seen.id, version: versionOf(seen), tell, fail };
        const giveUp = (): void => tell(undefined);
        signal.addEventListener('abort', giveUp);
        leave = () => {
          this.watchers.delete(watcher);
          signal.removeEventListener('abort', giveUp);
        };
        this.watchers.add(watcher);
        // not on behalf of whoever came first: others are told when that one has gone
        this.looking ??= outsideRequests(() => this.look());
      });
    } finally {
      leave();
    }
  }

  private async look(): Promise<void> {
    let isTold = false;
    while (this.watchers.size > 0 && !this.stopping.signal.aborted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.stopping.signal }).catch(() => {});
      try {
        await this.lookOnce([...this.watchers]);
        isTold = false;
      } catch (error) {
        // Once, and not four times a second; those who watch go on waiting.
        if (!isTold && !this.stopping.signal.aborted)
          this.logger.warn(`Reports could not be looked at: ${toDomainError(error).message}`);
        isTold = true;
      }
    }
    this.looking = undefined;
  }

  /** Only those who waited before the question was asked are told: what they have seen is no newer than the answer. */
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
  new DomainError('unavailable', 'This process is stopping. Watch again, and another one answers.', undefined, {
    retryAfterSeconds: 1,
  });
