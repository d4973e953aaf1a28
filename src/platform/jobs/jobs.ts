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

/** The queues and the data of their jobs. */
export interface JobData {
  /** Brings the rollups up to date. One waiting job serves any number of ticks. `helper`: shares the work of another. */
  rollup: { helper?: number };
  /** Makes one report. */
  report: { reportId: string };
  /** Makes parts of a large report that another worker makes. `snapshot`: see ReportParts; absent: there is none. */
  report_part: { reportId: string; attempt: number; snapshot?: string; pollValidForMs: number; tzVersion: string };
  /** Deletes data past its retention period; one job a day. */
  tidy: Record<string, never>;
  /** Makes one attempt (counted from 1) to call a report's webhook. A failed attempt queues the next one. */
  webhook: { reportId: string; attempt: number };
  /** Runs a schedule once: makes its report and publishes it. */
  schedule_run: { schedule: string; dueAt: string };
}
export type JobName = keyof JobData;

/** A worker without a heartbeat for this long is considered dead, and its job goes to another worker. */
const HEARTBEAT_SECONDS = 15;
const HEARTBEAT_EVERY_SECONDS = 5;
/** How often dead workers are detected. A job continues within 15 + 5 s plus the retry delay. */
const SUPERVISE_SECONDS = 5;

/** Five attempts in total, 4 to 15 s apart: a job that keeps failing is marked failed within a minute. */
const ATTEMPTS = { retryLimit: 4, retryDelay: 4, retryBackoff: true, retryDelayMax: 15 } as const;
const QUEUE = { ...ATTEMPTS, expireInSeconds: 3_600, heartbeatSeconds: HEARTBEAT_SECONDS, notify: true } as const;
const QUEUES = {
  rollup: { policy: 'stately' },
  report: { policy: 'standard' },
  report_part: { policy: 'standard' },
  tidy: { policy: 'stately' },
  // A failed webhook attempt is not a failed job: it queues the next attempt. These retries are only for interrupted
  // jobs.
  webhook: { policy: 'standard', retryLimit: 50 },
  // Nobody is waiting, but the report should be there in the morning: retried for two hours, up to 15 minutes apart.
  schedule_run: { policy: 'standard', retryLimit: 15, retryDelayMax: 900 },
} as const satisfies Record<JobName, object>;

/** Connections of the queue, in addition to the pool's. One listens for new jobs. */
const CONNECTIONS = 4;
/** A connection without a response for this long is considered dead. The queue's queries take milliseconds. */
const QUERY_TIMEOUT_MS = 15_000;
/**
 * How often a worker polls. PostgreSQL's NOTIFY wakes it for a new job, but not for a job that arrived while it was
 * busy or for a retry.
 */
const POLLING_SECONDS = 0.5;
const RETRY_EVERY_MS = 500;
/** How long a shutdown waits for active jobs. Unfinished jobs are then released to other workers. */
const STOP_TIMEOUT_MS = 4_000;
/** How long a shutdown waits for the queue as a whole. */
const SHUTDOWN_TIMEOUT_MS = 5_000;

/** One attempt at a job. */
export interface Attempt {
  /** The job's id. */
  readonly id: string;
  /** True if no further attempt follows a failure. */
  readonly isLast: boolean;
  /** Aborted when this worker loses the job: it was considered dead, or it is shutting down. */
  readonly signal: AbortSignal;
}

/** A job's data and the id of the request that queued it. */
type WithRequestId<Data> = Data & Pick<LogContext, 'request_id'>;
const withRequestId = <Data extends object>(data: Data): WithRequestId<Data> => {
  const { request_id } = currentLogContext();
  return request_id === undefined ? data : { ...data, request_id };
};

const hasOptions = (queue: QueueResult, options: QueueOptions): boolean =>
  Object.entries(options).every(([name, value]) => Reflect.get(queue, name) === value);

export interface QueueBacklog {
  readonly queue: string;
  /** Jobs that a worker could start now. */
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
    // pg-boss passes unknown options to pg, but its types do not include query_timeout.
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

  /** Creates the queue's schema and the queues if they are missing. Safe to call from many processes at once. */
  start(): Promise<void> {
    this.started ??= this.open().catch((error: unknown) => {
      this.started = undefined; // the next call tries again
      throw rightFailure(error, parseDatabaseUrl(this.databaseUrl));
    });
    return this.started;
  }

  /** Like start(), but waits while PostgreSQL is unavailable. */
  startPatiently(): Promise<void> {
    return this.retryWhileAway(() => this.start());
  }

  private async retryWhileAway(work: () => Promise<void>): Promise<void> {
    for (let isLogged = false; ; isLogged = true) {
      try {
        return await work();
      } catch (error) {
        if (!isAway(error)) throw error;
        if (!isLogged) this.logger.warn('PostgreSQL does not answer. The job queue is waiting for it.');
        await sleep(RETRY_EVERY_MS);
      }
    }
  }

  private async open(): Promise<void> {
    await this.boss.start();
    const found = new Map((await this.boss.getQueues(Object.keys(QUEUES))).map((queue) => [queue.name, queue]));
    for (const [name, { policy, ...own }] of Object.entries(QUEUES)) {
      const [queue, options] = [found.get(name), { ...QUEUE, ...own }];
      if (!queue) await this.boss.createQueue(name, { policy, ...options });
      // On nearly every start the options match, and nothing is written.
      else if (!hasOptions(queue, options)) await this.boss.updateQueue(name, options);
    }
  }

  /** @param key in a `stately` queue, one job of each key waits and one is active */
  async send<Name extends JobName>(name: Name, data: JobData[Name], key?: string): Promise<void> {
    await this.start();
    await this.boss.send(name, withRequestId(data), key === undefined ? {} : { singletonKey: key });
  }

  /** Queues a job that runs at most once per interval of `seconds` (UTC), however often it is requested. */
  async sendOnceIn<Name extends JobName>(seconds: number, name: Name, data: JobData[Name]): Promise<void> {
    await this.start();
    await this.boss.send(name, withRequestId(data), { singletonSeconds: seconds });
  }

  /**
   * Queues a job in a transaction: the job exists if and only if the transaction commits.
   * @param id the job's id; a second job with the same id is not added
   */
  async sendIn<Name extends JobName>(
    client: PoolClient,
    name: Name,
    id: string,
    data: JobData[Name],
    afterSeconds = 0,
  ): Promise<void> {
    const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
    await this.boss.send(name, withRequestId(data), { id, db, startAfter: afterSeconds });
  }

  /** For /readyz: checks that the queues exist. @throws the database's error */
  async check(): Promise<void> {
    await this.start();
    const names = Object.keys(QUEUES);
    const found = await this.boss.getQueues(names);
    if (found.length < names.length)
      throw new DomainError('unavailable', 'A job queue is missing. Start Storewatch again.');
  }

  /** The number of jobs of each queue, as counted by a supervisor within the last 5 s. */
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

  /** Deletes a job in a transaction; a missing job is not an error. A worker on the job is told within 5 s. */
  async removeIn(client: PoolClient, name: JobName, id: string): Promise<void> {
    await this.boss.deleteJob(name, id, { db: { executeSql: (text, values) => client.query(text, values) } });
  }

  /** Whether a job is waiting, active or due for a retry. */
  async isAlive(name: JobName, id: string): Promise<boolean> {
    await this.start();
    const job = await this.boss.getJobById(name, id);
    return job !== null && ['created', 'retry', 'active'].includes(job.state);
  }

  /** Processes a queue in this process, up to `concurrency` jobs at a time. Waits while PostgreSQL is unavailable. */
  async work<Name extends JobName>(
    name: Name,
    handle: (data: JobData[Name], attempt: Attempt) => Promise<void>,
    concurrency = 1,
  ): Promise<void> {
    const options = {
      pollingIntervalSeconds: POLLING_SECONDS,
      notifyPollingIntervalSeconds: POLLING_SECONDS,
      heartbeatRefreshSeconds: HEARTBEAT_EVERY_SECONDS,
      includeMetadata: true,
      localConcurrency: concurrency,
    } as const;
    this.working.add(name);
    const run = async ([job]: JobWithMetadata<WithRequestId<JobData[Name]>>[]): Promise<void> => {
      if (!job) return;
      const { request_id, ...data } = job.data;
      const report_id = 'reportId' in data ? String(data.reportId) : undefined;
      const attempt = { id: job.id, isLast: job.retryCount >= job.retryLimit, signal: job.signal };
      await withLogContext({ request_id, job_id: job.id, report_id }, () => handle(data as JobData[Name], attempt));
    };
    await this.retryWhileAway(async () => {
      await this.start();
      await this.boss.work<WithRequestId<JobData[Name]>, void, typeof options>(name, options, run);
    });
  }

  /** Stops taking jobs while requests are still served. */
  async beforeApplicationShutdown(): Promise<void> {
    for (const name of this.working) await this.boss.offWork(name, { wait: false });
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.started) return;
    await this.started.catch(() => {});
    // The database may not respond. Then other workers find the active jobs by their missing heartbeat.
    await within(SHUTDOWN_TIMEOUT_MS, this.boss.stop({ graceful: true, timeout: STOP_TIMEOUT_MS }), () => {
      this.logger.warn(`The job queue did not stop within ${SHUTDOWN_TIMEOUT_MS / 1_000} s. Shutting down without it.`);
    });
  }
}
