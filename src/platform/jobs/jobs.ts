import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { type JobWithMetadata, PgBoss, type QueueOptions, type QueueResult } from 'pg-boss';
import { DomainError } from '#libs/errors.js';
import { within } from '../clock/within.js';
import { connectionConfig } from '../database/connect.js';
import { parseDatabaseUrl } from '../database/database-url.js';
import { rightFailure } from '../database/rights.js';
import { isAway } from '../database/sql.js';
import { type LogContext, currentLogContext, withLogContext } from '../logging/log-context.js';

/** The queues and what their jobs carry. */
export interface JobData {
  /** Brings the rollups up to date; one waiting is enough for any number of ticks. */
  rollup: Record<string, never>;
  /** Makes one report. */
  report: { reportId: string };
  /** Removes what is kept for no longer; one a day. */
  tidy: Record<string, never>;
  /** Makes one attempt (from 1) at telling whom a report names that it has ended; that asks for the next one. */
  webhook: { reportId: string; attempt: number };
  /** Makes one run of a schedule: has its report made, and publishes that. */
  schedule_run: { schedule: string; dueAt: string };
}
export type JobName = keyof JobData;

/** A worker that says nothing for so long is taken for dead, and another one gets its job. */
const HEARTBEAT_SECONDS = 15;
const HEARTBEAT_EVERY_SECONDS = 5;
/** How often lost workers are looked for: so a job goes on within 15 + 5 s and the pause before another attempt. */
const SUPERVISE_SECONDS = 5;

/** Five attempts in all, with pauses of 4 to 15 s between them: a job that keeps failing has failed within a minute. */
const ATTEMPTS = { retryLimit: 4, retryDelay: 4, retryBackoff: true, retryDelayMax: 15 } as const;
const QUEUE = { ...ATTEMPTS, expireInSeconds: 3_600, heartbeatSeconds: HEARTBEAT_SECONDS, notify: true } as const;
const QUEUES = {
  rollup: { policy: 'stately' },
  report: { policy: 'standard' },
  tidy: { policy: 'stately' },
  // An attempt that fails is no failed job: it asks for the next one. Only what breaks off is tried again so.
  webhook: { policy: 'standard', retryLimit: 50 },
  // nobody waits for it, and in the morning it should be there: tried again for two hours, with pauses of up to 15 minutes
  schedule_run: { policy: 'standard', retryLimit: 15, retryDelayMax: 900 },
} as const satisfies Record<JobName, object>;

/** Connections for the queue, beside the pool: one listens for new jobs. */
const CONNECTIONS = 4;
/** After that a connection is taken for dead. Queries of the queue take milliseconds. */
const QUERY_TIMEOUT_MS = 15_000;
/**
 * How often a worker looks by itself. PostgreSQL's NOTIFY wakes it for a new job, but not for one that came while it was
 * busy, nor for one that is tried again.
 */
const POLLING_SECONDS = 0.5;
const TRY_AGAIN_MS = 500;
/** How long a shutdown waits for jobs in hand; what is not done by then is released to other workers. */
const STOP_TIMEOUT_MS = 4_000;
/** How long it waits for the queue as a whole. */
const LEAVE_TIMEOUT_MS = 5_000;

/** One attempt at a job. */
export interface Attempt {
  /** Of the job. */
  readonly id: string;
  /** No other one follows when this fails. */
  readonly isLast: boolean;
  /** Aborted when the job is no longer this worker's: it was taken for dead, or is shutting down. */
  readonly signal: AbortSignal;
}

/** What a job carries, and the request that asked for it. */
type OnBehalf<Data> = Data & Pick<LogContext, 'request_id'>;
const onBehalf = <Data extends object>(data: Data): OnBehalf<Data> => {
  const { request_id } = currentLogContext();
  return request_id === undefined ? data : { ...data, request_id };
};

const hasOptions = (queue: QueueResult, options: QueueOptions): boolean =>
  Object.entries(options).every(([name, value]) => Reflect.get(queue, name) === value);

export interface QueueBacklog {
  readonly queue: string;
  /** Jobs that a worker could begin with now. */
  readonly waiting: number;
  readonly active: number;
  readonly oldestWaitingSeconds: number;
}

/** Durable jobs in the same PostgreSQL (pg-boss, schema pgboss). */
export class Jobs implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly boss: PgBoss;
  private readonly working = new Set<JobName>();
  private started: Promise<void> | undefined;

  constructor(private readonly databaseUrl: string) {
    // pg-boss hands what it does not know to pg; its types have no query_timeout
    const connection: object = { ...connectionConfig(databaseUrl, 'jobs'), query_timeout: QUERY_TIMEOUT_MS };
    this.boss = new PgBoss({
      ...connection,
      max: CONNECTIONS,
      useListenNotify: true,
      schedule: false,
      openTelemetry: { propagateContext: true },
      superviseIntervalSeconds: SUPERVISE_SECONDS,
      monitorIntervalSeconds: SUPERVISE_SECONDS,
    });
    this.boss.on('error', (error) => this.logger.error(`The job queue reports: ${error.message}`));
  }

  /** Creates the queue's schema and queues where they are missing. Safe to call from many processes at once. */
  start(): Promise<void> {
    this.started ??= this.open().catch((error: unknown) => {
      this.started = undefined; // the next one who needs the queue tries again
      throw rightFailure(error, parseDatabaseUrl(this.databaseUrl));
    });
    return this.started;
  }

  /** As start(), by who begins to run: waits for a PostgreSQL that went away meanwhile. */
  startPatiently(): Promise<void> {
    return this.patiently(() => this.start());
  }

  private async patiently(work: () => Promise<void>): Promise<void> {
    for (let isTold = false; ; isTold = true) {
      try {
        return await work();
      } catch (error) {
        if (!isAway(error)) throw error;
        if (!isTold) this.logger.warn('PostgreSQL does not answer. The job queue waits for it.');
        await sleep(TRY_AGAIN_MS);
      }
    }
  }

  private async open(): Promise<void> {
    await this.boss.start();
    const found = new Map((await this.boss.getQueues(Object.keys(QUEUES))).map((queue) => [queue.name, queue]));
    for (const [name, { policy, ...own }] of Object.entries(QUEUES)) {
      const [queue, options] = [found.get(name), { ...QUEUE, ...own }];
      if (!queue) await this.boss.createQueue(name, { policy, ...options });
      // nearly every start finds the queues as they should be, and writes nothing
      else if (!hasOptions(queue, options)) await this.boss.updateQueue(name, options);
    }
  }

  async send<Name extends JobName>(name: Name, data: JobData[Name]): Promise<void> {
    await this.start();
    await this.boss.send(name, onBehalf(data));
  }

  /** Asks for a job that is done once in each such segment of time (UTC), however often it is asked for. */
  async sendOnceIn<Name extends JobName>(seconds: number, name: Name, data: JobData[Name]): Promise<void> {
    await this.start();
    await this.boss.send(name, onBehalf(data), { singletonSeconds: seconds });
  }

  /**
   * Asks for a job as part of a transaction: there when that commits, and never without it.
   * @param id the job's id; a second job with it is not added
   */
  async sendIn<Name extends JobName>(
    client: PoolClient,
    name: Name,
    id: string,
    data: JobData[Name],
    afterSeconds = 0,
  ): Promise<void> {
    const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
    await this.boss.send(name, onBehalf(data), { id, db, startAfter: afterSeconds });
  }

  /** For /readyz: the queues are there. @throws what the database throws */
  async check(): Promise<void> {
    await this.start();
    const names = Object.keys(QUEUES);
    const there = await this.boss.getQueues(names);
    if (there.length < names.length)
      throw new DomainError('unavailable', 'The job queue is not complete. Start again.');
  }

  /** The jobs of each queue, as counted within the last 5 s by whoever supervises them. */
  async backlog(): Promise<QueueBacklog[]> {
    await this.start();
    const queues = await this.boss.getQueues(Object.keys(QUEUES));
    return queues.map(({ name, readyCount, activeCount, readyOldestSeconds }) => ({
      queue: name,
      waiting: readyCount,
      active: activeCount,
      oldestWaitingSeconds: readyOldestSeconds ?? 0,
    }));
  }

  /** Takes a job away as part of a transaction; one that is not there is no error. Whoever works on it is told within 5 s. */
  async removeIn(client: PoolClient, name: JobName, id: string): Promise<void> {
    await this.boss.deleteJob(name, id, { db: { executeSql: (text, values) => client.query(text, values) } });
  }

  /** Whether a job waits, is worked on or will be tried again. */
  async isAlive(name: JobName, id: string): Promise<boolean> {
    await this.start();
    const job = await this.boss.getJobById(name, id);
    return job !== null && ['created', 'retry', 'active'].includes(job.state);
  }

  /** Works off a queue in this process, so many jobs at a time. Waits for a PostgreSQL that is away. */
  async work<Name extends JobName>(
    name: Name,
    handle: (data: JobData[Name], attempt: Attempt) => Promise<void>,
    atOnce = 1,
  ): Promise<void> {
    const options = {
      pollingIntervalSeconds: POLLING_SECONDS,
      notifyPollingIntervalSeconds: POLLING_SECONDS,
      heartbeatRefreshSeconds: HEARTBEAT_EVERY_SECONDS,
      includeMetadata: true,
      localConcurrency: atOnce,
    } as const;
    this.working.add(name);
    const run = async ([job]: JobWithMetadata<OnBehalf<JobData[Name]>>[]): Promise<void> => {
      if (!job) return;
      const { request_id, ...data } = job.data;
      const report_id = 'reportId' in data ? String(data.reportId) : undefined;
      const attempt = { id: job.id, isLast: job.retryCount >= job.retryLimit, signal: job.signal };
      await withLogContext({ request_id, job_id: job.id, report_id }, () => handle(data as JobData[Name], attempt));
    };
    await this.patiently(async () => {
      await this.start();
      await this.boss.work<OnBehalf<JobData[Name]>, void, typeof options>(name, options, run);
    });
  }

  /** Takes no further work, while requests are still answered. */
  async beforeApplicationShutdown(): Promise<void> {
    for (const name of this.working) await this.boss.offWork(name, { wait: false });
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.started) return;
    await this.started.catch(() => {});
    // It may wait for a database that does not answer: then jobs in hand are found by their missing heartbeat.
    await within(LEAVE_TIMEOUT_MS, this.boss.stop({ graceful: true, timeout: STOP_TIMEOUT_MS }), () => {
      this.logger.warn(`The job queue did not stop within ${LEAVE_TIMEOUT_MS / 1_000} s. It is left as it is.`);
    });
  }
}
