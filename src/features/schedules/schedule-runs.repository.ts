import { Injectable } from '@nestjs/common';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';
import { Database } from '../../platform/database/database.js';
import { Lock } from '../../platform/database/locks.js';
import { inTransaction } from '../../platform/database/transaction.js';
import type { StoredObject } from '../../platform/storage/storage.js';
import { type RunKey, type Schedule, ScheduleRun } from './schedule.entity.js';

/** A run's preferred name, and the fallback when another run already has that name. */
export interface RunNames {
  readonly preferred: string;
  readonly fallback: string;
}

/** The files that a run wrote to the storage. */
export interface Artifact extends StoredObject {
  readonly artifactKey: string;
  readonly accountKey: string;
}

/** The state of a schedule's destinations when one of its runs is published. */
export interface AtDestination {
  /** Whether no newer run of the schedule has been published. */
  readonly isNewest: boolean;
  /** The metadata file of the newest other run at this run's current destination; null: none. */
  readonly nextAccountKey: string | null;
}

/** SQL: the destination part of a run's file key. */
export const destinationOf = (key: string): string => `regexp_replace(${key}, '/[^/]+/[^/]+$', '')`;

/** Longer than any upload of a report, but finite: a hanging process must not block the others for ever. */
const PUBLISH_MINUTES = 10;

/** Owns the table schedule_run. */
@Injectable()
export class ScheduleRunsRepository {
  private readonly orm: MikroORM;
  private readonly pool: Pool;

  constructor({ orm, pool }: Database) {
    this.orm = orm;
    this.pool = pool;
  }

  find({ schedule, dueAt }: RunKey): Promise<ScheduleRun | null> {
    return this.orm.em.fork().findOne(ScheduleRun, { schedule, dueAt });
  }

  findById(schedule: string, runId: string): Promise<ScheduleRun | null> {
    return this.orm.em.fork().findOne(ScheduleRun, { schedule, runId });
  }

  /** Newest first. */
  page(schedule: string, before: Date | undefined, limit: number): Promise<ScheduleRun[]> {
    const where = before ? { schedule, dueAt: { $lt: before } } : { schedule };
    return this.orm.em.fork().find(ScheduleRun, where, { orderBy: { dueAt: 'desc' }, limit });
  }

  running(): Promise<ScheduleRun[]> {
    return this.orm.em.fork().find(ScheduleRun, { status: 'Running' });
  }

  /** The instants among these that have a run, epoch ms. */
  async known(schedule: string, dueAt: readonly Date[]): Promise<Set<number>> {
    const found = await this.orm.em.fork().find(ScheduleRun, { schedule, dueAt: { $in: [...dueAt] } });
    return new Set(found.map((run) => run.dueAt.getTime()));
  }

  /**
   * Creates a due run, together with the writes of `also`.
   * @returns false, without effect, when the run exists or the schedule has changed
   */
  async create(
    { name, cron, timezone }: Schedule,
    dueAt: Date,
    { names, jobId, now }: { names: RunNames; jobId: string; now: Date },
    also: (client: PoolClient) => Promise<void>,
  ): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `insert into schedule_run (schedule, due_at, run_id, status, job_id, created_at)
         select name, $2, case when exists (select from schedule_run where schedule = name and run_id = $3 and due_at <> $2)
           then $4 else $3 end, 'Running', $5, $6
         from schedule where name = $1 and enabled and due_after < $2 and cron = $7 and timezone = $8
         on conflict do nothing`,
        [name, dueAt.toISOString(), names.preferred, names.fallback, jobId, now.toISOString(), cron, timezone],
      );
      if (rowCount === 0) return false;
      await also(client);
      return true;
    });
  }

  /** Restarts an ended run. @returns false, without effect, when it is running */
  async restart(
    { schedule, dueAt }: RunKey,
    jobId: string,
    also: (client: PoolClient) => Promise<void>,
  ): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `update schedule_run
         set status = 'Running', attempt = attempt + 1, job_id = $3, report_id = null, error = null, finished_at = null
         where schedule = $1 and due_at = $2 and status <> 'Running'`,
        [schedule, dueAt.toISOString(), jobId],
      );
      if (rowCount === 0) return false;
      await also(client);
      return true;
    });
  }

  /** Starts a new attempt; earlier ones can no longer change the run. @returns undefined when the run has ended */
  async beginAttempt({ schedule, dueAt }: RunKey): Promise<number | undefined> {
    const { rows } = await this.pool.query(
      `update schedule_run set attempt = attempt + 1 where schedule = $1 and due_at = $2 and status = 'Running'
       returning attempt`,
      [schedule, dueAt.toISOString()],
    );
    return rows[0]?.attempt;
  }

  /** Runs in the transaction that creates the report. @returns false when the attempt is superseded */
  async setReport(client: PoolClient, { schedule, dueAt, attempt }: Attempted, reportId: string): Promise<boolean> {
    const { rowCount } = await client.query(
      `update schedule_run set report_id = $4 where schedule = $1 and due_at = $2 and attempt = $3 and status = 'Running'`,
      [schedule, dueAt.toISOString(), attempt, reportId],
    );
    return rowCount === 1;
  }

  /**
   * Serialises writes to a schedule's destination, and completes the run with the files written.
   * @returns undefined when the attempt is superseded
   */
  async publish(
    { schedule, dueAt, attempt }: Attempted,
    finishedAt: Date,
    write: (at: AtDestination) => Promise<Artifact>,
  ): Promise<Artifact | undefined> {
    return inTransaction(this.pool, async (client) => {
      await client.query(`set local idle_in_transaction_session_timeout = '${PUBLISH_MINUTES}min'`);
      await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [Lock.destination, schedule]);
      const { rows } = await client.query(
        `select not exists (
             select from schedule_run where schedule = $1 and due_at > $2 and artifact_key is not null) as "isNewest",
           (select account_key from schedule_run as other
            where schedule = $1 and due_at <> $2 and expired_at is null
              and ${destinationOf('other.artifact_key')} = ${destinationOf('run.artifact_key')}
            order by due_at desc limit 1) as "nextAccountKey"
         from schedule_run as run where schedule = $1 and due_at = $2 and attempt = $3 and status = 'Running'`,
        [schedule, dueAt.toISOString(), attempt],
      );
      if (rows.length === 0) return undefined;
      const artifact = await write(rows[0] as AtDestination);
      const { rowCount } = await client.query(
        `update schedule_run set status = 'Complete', error = null, finished_at = $4,
           artifact_key = $5, account_key = $6, size_bytes = $7, sha256 = $8, expired_at = null
         where schedule = $1 and due_at = $2 and attempt = $3 and status = 'Running'`,
        [
          schedule,
          dueAt.toISOString(),
          attempt,
          finishedAt.toISOString(),
          artifact.artifactKey,
          artifact.accountKey,
          artifact.sizeBytes,
          artifact.sha256,
        ],
      );
      return rowCount === 1 ? artifact : undefined;
    });
  }

  /** Records why an attempt failed; the run stays Running. */
  async note({ schedule, dueAt, attempt }: Attempted, error: string): Promise<void> {
    await this.orm.em.fork().nativeUpdate(ScheduleRun, { schedule, dueAt, attempt, status: 'Running' }, { error });
  }

  /** Fails a running run that belongs to this job. */
  async fail({ schedule, dueAt, jobId }: RunKey & Pick<ScheduleRun, 'jobId'>, error: string, at: Date): Promise<void> {
    await this.orm.em
      .fork()
      .nativeUpdate(
        ScheduleRun,
        { schedule, dueAt, jobId, status: 'Running' },
        { status: 'Failed', error, finishedAt: at },
      );
  }
}

/** An attempt at a run. */
export type Attempted = RunKey & Pick<ScheduleRun, 'attempt'>;
