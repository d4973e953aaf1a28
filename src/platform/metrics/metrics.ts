import { Injectable } from '@nestjs/common';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { Pool } from 'pg';
import { Counter, Gauge, Histogram, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const JOB_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const LOOP_RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;

/** One metric with its values, in the form that one thread sends to another. */
export type MetricValues = MetricObjectWithValues<MetricValue<string>>;

/** Where polls come from, and how many were inserted, duplicate or rejected. */
export type PollSource = 'rest' | 'grpc' | 'file';
export interface PollOutcomes {
  readonly inserted: number;
  readonly duplicate: number;
  readonly rejected: number;
}
export type ReportEnd = 'complete' | 'failed';

/**
 * The metrics of this thread, by Prometheus's conventions: base units, `_total` for counters. Labels have few values,
 * all defined by the program: never an id, a path or text from a client.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly registers = [this.registry];
  /** The process has two threads. This label distinguishes the metrics that both of them have. */
  private readonly thread = isMainThread ? 'main' : 'bulk';
  private loopDelay: ReturnType<typeof monitorEventLoopDelay> | undefined;

  private readonly httpSeconds = new Histogram({
    name: 'storewatch_http_request_duration_seconds',
    help: 'Duration of REST requests, from the first byte to the end of the response. Status 499: the client disconnected.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers: this.registers,
  });
  private readonly grpcSeconds = new Histogram({
    name: 'storewatch_grpc_call_duration_seconds',
    help: 'Duration of gRPC calls. A stream counts as one call.',
    labelNames: ['method', 'code'],
    buckets: REQUEST_SECONDS,
    registers: this.registers,
  });
  private readonly polls = new Counter({
    name: 'storewatch_polls_total',
    help: 'Polls received, by source and outcome. Polls of a file are counted when the whole file is read.',
    labelNames: ['source', 'outcome'],
    registers: this.registers,
  });
  private readonly rollupSeconds = new Histogram({
    name: 'storewatch_rollup_duration_seconds',
    help: 'Duration of successful rollup jobs.',
    buckets: JOB_SECONDS,
    registers: this.registers,
  });
  private readonly rollupHours = new Counter({
    name: 'storewatch_rollup_hours_total',
    help: 'Store-hours computed by rollup jobs.',
    registers: this.registers,
  });
  private readonly reportSeconds = new Histogram({
    name: 'storewatch_report_duration_seconds',
    help: 'Duration of finished reports, from the start of the last attempt.',
    labelNames: ['state'],
    buckets: JOB_SECONDS,
    registers: this.registers,
  });

  constructor(pool: Pool) {
    const { thread, registers } = this;
    const connections: Gauge<'thread' | 'state'> = new Gauge({
      name: 'storewatch_db_pool_connections',
      help: 'Connections to PostgreSQL, without those of the job queue.',
      labelNames: ['thread', 'state'],
      registers,
      collect: () => {
        connections.set({ thread, state: 'idle' }, pool.idleCount);
        connections.set({ thread, state: 'busy' }, pool.totalCount - pool.idleCount);
      },
    });
    const maxConnections: Gauge<'thread'> = new Gauge({
      name: 'storewatch_db_pool_max_connections',
      help: 'Maximum number of connections in the pool.',
      labelNames: ['thread'],
      registers,
      collect: () => maxConnections.set({ thread }, pool.options.max),
    });
    const waiting: Gauge<'thread'> = new Gauge({
      name: 'storewatch_db_pool_waiting',
      help: 'Callers waiting for a connection.',
      labelNames: ['thread'],
      registers,
      collect: () => waiting.set({ thread }, pool.waitingCount),
    });
    const loop: Gauge<'thread' | 'stat'> = new Gauge({
      name: 'storewatch_event_loop_delay_seconds',
      help: 'Event loop delay since the last scrape: 99th percentile and maximum.',
      labelNames: ['thread', 'stat'],
      registers,
      collect: () => this.readLoopDelay(loop),
    });
    // Start the series at zero, so that the first increase is visible.
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

  /** Starts measuring the event loop delay. Only processes whose metrics are scraped pay for it. Idempotent. */
  watchLoop(): void {
    if (this.loopDelay) return;
    this.loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    this.loopDelay.enable();
  }

  /** This thread's metrics, in a form that another thread can merge with its own. */
  values(): Promise<MetricValues[]> {
    return this.registry.getMetricsAsJSON();
  }

  private readLoopDelay(gauge: Gauge<'thread' | 'stat'>): void {
    if (!this.loopDelay) return;
    const { thread } = this;
    // The histogram measures the time between two samples, which includes the sampling interval itself.
    const seconds = (ns: number): number => Math.max(0, ns - LOOP_RESOLUTION_MS * 1e6) / NANOSECONDS;
    gauge.set({ thread, stat: 'p99' }, seconds(this.loopDelay.percentile(99)));
    gauge.set({ thread, stat: 'max' }, seconds(this.loopDelay.max));
    this.loopDelay.reset();
  }
}
