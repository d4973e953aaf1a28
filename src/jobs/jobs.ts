import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { PgBoss } from 'pg-boss';
import { CONNECT_TIMEOUT_MS } from '../database/requests.js';

/** The queues and what their jobs carry. */
export interface JobData {
  /** Brings the rollups up to date; one waiting is enough for any number of ticks. */
  rollup: Record<string, never>;
  /** Makes one report. */
  report: { reportId: string };
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
/** How long a shutdown waits for jobs in hand; what is not done by then is released to other workers. */
const STOP_TIMEOUT_MS = 4_000;

/** One attempt at a job. */
export interface Attempt {
  /** No other one follows when this fails. */
  readonly isLast: boolean;
  /** Aborted when the job is no longer this worker's: it was taken for dead, or is shutting down. */
  readonly signal: AbortSignal;
}

/** Durable jobs in the same PostgreSQL (pg-boss, schema pgboss). */
export class Jobs implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly boss: PgBoss;
  private readonly working = new Set<JobName>();
  private started: Promise<void> | undefined;

  constructor(databaseUrl: string) {
    // pg-boss hands what it does not know to pg; its types have no query_timeout
    const timeouts: object = { query_timeout: QUERY_TIMEOUT_MS, connectionTimeoutMillis: CONNECT_TIMEOUT_MS };
    this.boss = new PgBoss({
      ...timeouts,
      connectionString: databaseUrl,
      application_name: 'storewatch jobs',
      max: CONNECTIONS,
      useListenNotify: true,
      schedule: false,
      superviseIntervalSeconds: SUPERVISE_SECONDS,
      monitorIntervalSeconds: SUPERVISE_SECONDS,
    });
    this.boss.on('error', (error) => this.logger.error(`The job queue reports: ${error.message}`));
  }

  /** Creates the queue's schema and queues where they are missing. Safe to call from many processes at once. */
  start(): Promise<void> {
    this.started ??= this.open().catch((error: unknown) => {
      this.started = undefined; // the next one who needs the queue tries again
      throw error;
    });
    return this.started;
  }

  private async open(): Promise<void> {
    await this.boss.start();
    for (const [name, own] of Object.entries(QUEUES)) {
      if (await this.boss.getQueue(name)) await this.boss.updateQueue(name, QUEUE);
      else await this.boss.createQueue(name, { ...own, ...QUEUE });
    }
  }

  async send<Name extends JobName>(name: Name, data: JobData[Name]): Promise<void> {
    await this.start();
    await this.boss.send(name, data);
  }

  /**
   * Asks for a job as part of a transaction: there when that commits, and never without it.
   * @param id the job's id; a second job with it is not added
   */
  async sendIn<Name extends JobName>(client: PoolClient, name: Name, id: string, data: JobData[Name]): Promise<void> {
    await this.boss.send(name, data, { id, db: { executeSql: (text, values) => client.query(text, values) } });
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

  /** Works off a queue in this process, one job at a time. */
  async work<Name extends JobName>(
    name: Name,
    handle: (data: JobData[Name], attempt: Attempt) => Promise<void>,
  ): Promise<void> {
    await this.start();
    const options = {
      pollingIntervalSeconds: POLLING_SECONDS,
      notifyPollingIntervalSeconds: POLLING_SECONDS,
      heartbeatRefreshSeconds: HEARTBEAT_EVERY_SECONDS,
      includeMetadata: true,
    } as const;
    this.working.add(name);
    await this.boss.work<JobData[Name], void, typeof options>(name, options, async ([job]) => {
      if (job) await handle(job.data, { isLast: job.retryCount >= job.retryLimit, signal: job.signal });
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
    await Promise.race([
      this.boss.stop({ graceful: true, timeout: STOP_TIMEOUT_MS }),
      sleep(2 * STOP_TIMEOUT_MS, undefined, { ref: false }),
    ]);
  }
}
