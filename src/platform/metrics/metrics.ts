import { Injectable } from '@nestjs/common';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { Pool } from 'pg';
import { Counter, Gauge, Histogram, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const JOB_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const LOOP_RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;

/** What a registry says of one metric, as one thread sends it to another. */
export type MetricValues = MetricObjectWithValues<MetricValue<string>>;

/** From where polls come, and what becomes of each. */
export type PollSource = 'rest' | 'grpc' | 'file';
export interface PollOutcomes {
  readonly inserted: number;
  readonly duplicate: number;
  readonly rejected: number;
}
export type ReportEnd = 'complete' | 'failed';

/**
 * What this thread counts and measures, by Prometheus's conventions: base units, `_total` for what only grows. Labels have few
 * values, all of the program's own making: never an id, a path or a word of a client's.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly registers = [this.registry];
  /** Two threads make one process: what both have is told apart by it. */
  private readonly thread = isMainThread ? 'main' : 'bulk';
  private loopDelay: ReturnType<typeof monitorEventLoopDelay> | undefined;

  private readonly httpSeconds = new Histogram({
    name: 'storewatch_http_request_duration_seconds',
    help: 'REST requests, from their first byte to the end of the answer. status 499: the client had gone.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers: this.registers,
  });
  private readonly grpcSeconds = new Histogram({
    name: 'storewatch_grpc_call_duration_seconds',
    help: 'gRPC calls, streams as a whole.',
    labelNames: ['method', 'code'],
    buckets: REQUEST_SECONDS,
    registers: this.registers,
  });
  private readonly polls = new Counter({
    name: 'storewatch_polls_total',
    help: 'Polls that were sent, by what became of them; those of a file once it is read.',
    labelNames: ['source', 'outcome'],
    registers: this.registers,
  });
  private readonly rollupSeconds = new Histogram({
    name: 'storewatch_rollup_duration_seconds',
    help: 'Rollup jobs that succeeded.',
    buckets: JOB_SECONDS,
    registers: this.registers,
  });
  private readonly rollupHours = new Counter({
    name: 'storewatch_rollup_hours_total',
    help: 'Hours of stores that rollup jobs computed.',
    registers: this.registers,
  });
  private readonly reportSeconds = new Histogram({
    name: 'storewatch_report_duration_seconds',
    help: 'Reports that workers brought to their end, from the start of the last attempt.',
    labelNames: ['state'],
    buckets: JOB_SECONDS,
    registers: this.registers,
  });

  constructor(pool: Pool) {
    const { thread, registers } = this;
    const connections: Gauge<'thread' | 'state'> = new Gauge({
      name: 'storewatch_db_pool_connections',
      help: 'Connections to PostgreSQL beside those of the job queue.',
      labelNames: ['thread', 'state'],
      registers,
      collect: () => {
        connections.set({ thread, state: 'idle' }, pool.idleCount);
        connections.set({ thread, state: 'busy' }, pool.totalCount - pool.idleCount);
      },
    });
    const most: Gauge<'thread'> = new Gauge({
      name: 'storewatch_db_pool_max_connections',
      help: 'Connections that there may be.',
      labelNames: ['thread'],
      registers,
      collect: () => most.set({ thread }, pool.options.max),
    });
    const waiting: Gauge<'thread'> = new Gauge({
      name: 'storewatch_db_pool_waiting',
      help: 'Who waits for a connection.',
      labelNames: ['thread'],
      registers,
      collect: () => waiting.set({ thread }, pool.waitingCount),
    });
    const loop: Gauge<'thread' | 'stat'> = new Gauge({
      name: 'storewatch_event_loop_delay_seconds',
      help: 'How late the event loop was since it was last asked: the 99th percentile, and the worst.',
      labelNames: ['thread', 'stat'],
      registers,
      collect: () => this.readLoopDelay(loop),
    });
    // There from the start, so that an increase from nothing is seen as one.
    for (const source of ['rest', 'grpc', 'file'] as const) {
      this.countPolls(source, { inserted: 0, duplicate: 0, rejected: 0 });
    }
    for (const state of ['complete', 'failed'] as const) this.reportSeconds.zero({ state });
  }

  httpRequest(method: string, route: string, status: number, seconds: number): void {
    this.httpSeconds.observe({ method, route, status }, seconds);
  }

  grpcCall(method: string, code: string, seconds: number): void {
    this.grpcSeconds.observe({ method, code }, seconds);
  }

  countPolls(source: PollSource, outcomes: PollOutcomes): void {
    for (const outcome of ['inserted', 'duplicate', 'rejected'] as const) {
      this.polls.inc({ source, outcome }, outcomes[outcome]);
    }
  }

  rollup(hours: number, seconds: number): void {
    this.rollupHours.inc(hours);
    this.rollupSeconds.observe(seconds);
  }

  report(state: ReportEnd, seconds: number): void {
    this.reportSeconds.observe({ state }, seconds);
  }

  /** From now on the event loop is watched: only who is asked for metrics pays for it. Repeatable. */
  watchLoop(): void {
    if (this.loopDelay) return;
    this.loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    this.loopDelay.enable();
  }

  /** What this thread has, as another one can add to its own. */
  values(): Promise<MetricValues[]> {
    return this.registry.getMetricsAsJSON();
  }

  private readLoopDelay(gauge: Gauge<'thread' | 'stat'>): void {
    if (!this.loopDelay) return;
    const { thread } = this;
    // The histogram holds the time between two looks, of which the resolution is intended.
    const seconds = (ns: number): number => Math.max(0, ns - LOOP_RESOLUTION_MS * 1e6) / NANOSECONDS;
    gauge.set({ thread, stat: 'p99' }, seconds(this.loopDelay.percentile(99)));
    gauge.set({ thread, stat: 'max' }, seconds(this.loopDelay.max));
    this.loopDelay.reset();
  }
}
