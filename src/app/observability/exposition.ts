import { Injectable, type OnModuleDestroy, Optional } from '@nestjs/common';
import { AggregatorRegistry, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { BulkThread } from '../bulk/bulk-thread.js';
import { CHECKS, HealthService } from './health.service.js';
import { Probe } from './probe.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { ReportsService } from '../../features/reports/reports.service.js';
import { RollupsService } from '../../features/rollups/rollups.service.js';
import { type MetricValues, Metrics } from '../../platform/metrics/metrics.js';

/** Prometheus's text format. */
export const EXPOSITION_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Well below what a scraper waits for, 10 s as a rule. */
const TIMEOUT_MS = 3_000;
/** Gauges of prom-client with a counter's name; those without `_total` have the same, by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];
/** Several scrapers ask the database no oftener than one. */
const FRESH_MS = 1_000;

/**
 * All that this process has to say to Prometheus: what both threads count, what Node says of the process, and, asked for once a
 * scrape, what the database knows. What does not answer in time is left out, and `storewatch_metrics_read` says so.
 */
@Injectable()
export class Exposition implements OnModuleDestroy {
  /** Of the process and the whole system: the bulk thread has none of these. */
  private readonly own = new Registry();
  private readonly registers = [this.own];
  /** Counters do not go down because the thread was busy for once. */
  private lastOfBulk: MetricValues[] = [];

  private readonly isRead = new Gauge({
    name: 'storewatch_metrics_read',
    help: 'Whether this part of the metrics could be read; 0: what is shown of it is missing, or old.',
    labelNames: ['part'],
    registers: this.registers,
  });
  private readonly isReady = new Gauge({
    name: 'storewatch_ready',
    help: 'Whether this check of /readyz is fine.',
    labelNames: ['check'],
    registers: this.registers,
  });
  private readonly lag = this.gauge('rollup_lag_seconds', 'Age of the oldest hour that is to be computed; 0: none is.');
  private readonly dueHours = this.gauge('rollup_due_hours', 'Hours to be computed, of all blocks of stores together.');
  private readonly dueRows = this.gauge(
    'rollup_due_rows',
    'Late data and changed calendars to be rolled up, to 100000.',
  );
  private readonly running = this.gauge('reports_running', 'Reports that are Running in the whole system.');
  private readonly jobs = new Gauge({
    name: 'storewatch_jobs',
    help: 'Jobs of the whole system, as of the last 5 s.',
    labelNames: ['queue', 'state'],
    registers: this.registers,
  });
  private readonly oldestJob = new Gauge({
    name: 'storewatch_jobs_oldest_waiting_seconds',
    help: 'How long the oldest job that could begin has waited.',
    labelNames: ['queue'],
    registers: this.registers,
  });
  private readonly parts: readonly [string, Probe<void>][];
  private isWatching = false;

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

  /** In Prometheus's text format. Answers within 3 s. */
  async text(): Promise<string> {
    this.watch();
    await Promise.all([...this.parts.map(([name, probe]) => this.read(name, probe)), this.readChecks()]);
    const threads = AggregatorRegistry.aggregate([await this.metrics.values(), this.lastOfBulk]);
    return (await this.own.metrics()) + (await threads.metrics());
  }

  /** Only who is asked for metrics measures what costs something. */
  private watch(): void {
    if (this.isWatching) return;
    this.isWatching = true;
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
