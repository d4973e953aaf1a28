import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { PgBoss } from 'pg-boss';

/** The queues and what their jobs carry. */
export interface JobData {
  /** Brings the rollups up to date; one waiting is enough for any number of ticks. */
  rollup: Record<string, never>;
  /** Makes one report. */
  report: { reportId: string };
}
export type JobName = keyof JobData;

const QUEUES = {
  rollup: { policy: 'stately', retryLimit: 2, retryDelay: 5, expireInSeconds: 3_600, heartbeatSeconds: 30 },
  report: { policy: 'standard', retryLimit: 2, retryDelay: 5, expireInSeconds: 3_600, heartbeatSeconds: 30 },
} as const satisfies Record<JobName, object>;

/** Connections for the queue, beside the pool: one listens for new jobs. */
const CONNECTIONS = 4;
/**
 * How often a worker looks by itself. PostgreSQL's NOTIFY wakes it for a new job, but not for one that came while it was
 * busy, nor for one that is tried again.
 */
const POLLING_SECONDS = 0.5;
/** How long a shutdown waits for jobs in hand. */
const STOP_TIMEOUT_MS = 10_000;

/** Durable jobs in the same PostgreSQL (pg-boss, schema pgboss). */
export class Jobs implements OnApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly boss: PgBoss;
  private started: Promise<void> | undefined;

  constructor(databaseUrl: string) {
    this.boss = new PgBoss({
      connectionString: databaseUrl,
      application_name: 'storewatch jobs',
      max: CONNECTIONS,
      useListenNotify: true,
      schedule: false,
    });
    this.boss.on('error', (error) => this.logger.error(`The job queue reports: ${error.message}`));
  }

  /** Creates the queue's schema and queues where they are missing. Safe to call from many processes at once. */
  start(): Promise<void> {
    this.started ??= this.open();
    return this.started;
  }

  private async open(): Promise<void> {
    await this.boss.start();
    for (const [name, options] of Object.entries(QUEUES)) {
      if (!(await this.boss.getQueue(name))) await this.boss.createQueue(name, { ...options, notify: true });
    }
  }

  async send<Name extends JobName>(name: Name, data: JobData[Name]): Promise<void> {
    await this.start();
    await this.boss.send(name, data);
  }

  /** Works off a queue in this process, one job at a time. */
  async work<Name extends JobName>(
    name: Name,
    handle: (data: JobData[Name], attempt: { isLast: boolean }) => Promise<void>,
  ): Promise<void> {
    await this.start();
    const options = {
      pollingIntervalSeconds: POLLING_SECONDS,
      notifyPollingIntervalSeconds: POLLING_SECONDS,
      includeMetadata: true,
    } as const;
    await this.boss.work<JobData[Name], void, typeof options>(name, options, async ([job]) => {
      if (job) await handle(job.data, { isLast: job.retryCount >= job.retryLimit });
    });
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.started) return;
    await this.started.catch(() => {});
    await this.boss.stop({ graceful: true, timeout: STOP_TIMEOUT_MS });
  }
}
