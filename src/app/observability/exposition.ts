import { Injectable, type OnModuleDestroy, Optional } from '@nestjs/common';
import { AggregatorRegistry, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { BulkThread } from '../bulk/bulk-thread.js';
import { CHECKS, HealthService } from './health.service.js';
import { Probe } from './probe.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { ReportsService } from '../../features/reports/reports.service.js';
import { RollupsService } from '../../features/rollups/rollups.service.js';
import { type MetricValues, Metrics } from '../../platform/metrics/metrics.js';

export const EXPOSITION_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Well below the timeout of a scraper, usually 10 s. */
const TIMEOUT_MS = 3_000;
/** Gauges of prom-client that have counter names. The metrics without `_total` contain the same values, by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];
/** Several scrapers query the database no more often than one. */
const FRESH_MS = 1_000;

/**
 * Metrics of this process for Prometheus: from both threads, from Node, and from the database, which is queried once per scrape.
 * Parts that do not answer in time are missing or old, and `storewatch_metrics_read` is 0 for them.
 */
@Injectable()
export class Exposition implements OnModuleDestroy {
  /** Metrics of the process and the whole system. The bulk thread has none of these. */
  private readonly own = new Registry();
  private readonly registers = [this.own];
  /** Kept while the thread is too busy to answer, so that counters do not drop. */
  private lastOfBulk: MetricValues[] = [];

  private readonly isRead = new Gauge({
    name: 'storewatch_metrics_read',
    help: '1 if this part of the metrics was read; 0 if its values are missing or old.',
    labelNames: ['part'],
    registers: this.registers,
  });
  private readonly isReady = new Gauge({
    name: 'storewatch_ready',
    help: '1 if this check of /readyz passes, 0 if it fails.',
    labelNames: ['check'],
    registers: this.registers,
  });
  private readonly lag = this.gauge(
    'rollup_lag_seconds',
    'Age of the oldest hour that is not rolled up yet; 0 if there is none.',
  );
  private readonly dueHours = this.gauge(
    'rollup_due_hours',
    'Hours that are over and not rolled up, summed over all blocks of stores.',
  );
  private readonly dueRows = this.gauge(
    'rollup_due_rows',
    'Entries for late data and changed calendars that wait for a rollup; counted up to 100000.',
  );
  private readonly running = this.gauge('reports_running', 'Reports that are Running, in the whole system.');
  private readonly jobs = new Gauge({
    name: 'storewatch_jobs',
    help: 'Jobs of the whole system, counted within the last 5 s.',
    labelNames: ['queue', 'state'],
    registers: this.registers,
  });
  private readonly oldestJob = new Gauge({
    name: 'storewatch_jobs_oldest_waiting_seconds',
    help: 'Waiting time of the oldest job that is ready to start.',
    labelNames: ['queue'],
    registers: this.registers,
  });
  private readonly parts: readonly [string, Probe<void>][];
  private isCollecting = false;

  constructor(
    private readonly metrics: Metrics,
    private readonly health: HealthService,
    rollups: RollupsService,
    reports: ReportsService,
    jobs: Jobs,
    @Optional() bulk?: BulkThread,
  ) {
    const part = (name: string, read: () => Promise<void>): [string, Probe<void>] => [
      name,
      new Probe(read, TIMEOUT_MS, FRESH_MS),
    ];
    this.parts = [
      part('rollups', async () => {
        const { lagSeconds, blockHours, dueRows } = await rollups.backlog();
        this.lag.set(lagSeconds);
        this.dueHours.set(blockHours);
        this.dueRows.set(dueRows);
      }),
      part('reports', async () => this.running.set(await reports.countRunning())),
      part('jobs', async () => {
        for (const { queue, waiting, active, oldestWaitingSeconds } of await jobs.backlog()) {
          this.jobs.set({ queue, state: 'waiting' }, waiting);
          this.jobs.set({ queue, state: 'active' }, active);
          this.oldestJob.set({ queue }, oldestWaitingSeconds);
        }
      }),
      ...(bulk ? [part('bulk', async () => void (this.lastOfBulk = await bulk.metrics()))] : []),
    ];
  }

  onModuleDestroy(): void {
    this.own.clear();
  }

  /** The metrics in Prometheus's text format, within 3 s. */
  async text(): Promise<string> {
    this.startCollecting();
    await Promise.all([...this.parts.map(([name, probe]) => this.read(name, probe)), this.readChecks()]);
    const threads = AggregatorRegistry.aggregate([await this.metrics.values(), this.lastOfBulk]);
    return (await this.own.metrics()) + (await threads.metrics());
  }

  /** Starts the metrics that have a cost, at the first scrape. */
  private startCollecting(): void {
    if (this.isCollecting) return;
    this.isCollecting = true;
    collectDefaultMetrics({ register: this.own });
    for (const name of MISNAMED) this.own.removeSingleMetric(name);
    this.metrics.watchLoop();
  }

  private async read(part: string, probe: Probe<void>): Promise<void> {
    const isRead = await probe.read().then(
      () => true,
      () => false,
    );
    this.isRead.set({ part }, isRead ? 1 : 0);
  }

  private async readChecks(): Promise<void> {
    const checks = await this.health.checks();
    for (const check of CHECKS) this.isReady.set({ check }, checks[check].status === 'ok' ? 1 : 0);
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `storewatch_${name}`, help, registers: this.registers });
  }
}
