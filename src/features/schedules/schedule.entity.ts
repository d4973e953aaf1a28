import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import type { Basis } from '#libs/uptime/breakdown.js';
import type { ReportFormat } from '../reports/record/report.entity.js';

/** A window that ends when the report is due. */
export interface DurationWindow {
  readonly name: string;
  /** `3d` */
  readonly duration: string;
}

/** A report that is made regularly, as a cron expression says. */
export const Schedule = defineEntity({
  name: 'Schedule',
  tableName: 'schedule',
  properties: {
    name: p.text().primary(),
    cron: p.text(),
    /** IANA name. */
    timezone: p.text(),
    basis: p.text().$type<Basis>(),
    format: p.text().$type<ReportFormat>(),
    /** Ids; null: all stores. */
    stores: p.json().$type<readonly string[]>().nullable(),
    /** Only stores that match when a report is made; null: no filter. */
    filter: p.text().nullable(),
    /** The filter of the API key that made it, which its reports have too; null: a key without a filter. */
    limitedTo: p.text().nullable(),
    /** null: the last hour, day and week. */
    windows: p.json().$type<readonly DurationWindow[]>().nullable(),
    /** As in Report. */
    columns: p.json().$type<readonly string[]>().nullable(),
    groupBy: p.json().$type<readonly string[]>().nullable(),
    /** The folder of its files: their storage keys begin with it and a slash. */
    destination: p.text(),
    gzip: p.boolean(),
    enabled: p.boolean(),
    /** Runs due up to then are not made; null: the next scheduler tick sets it. */
    dueAfter: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});
export type Schedule = InferEntity<typeof Schedule>;

export const RUN_STATUSES = ['Running', 'Complete', 'Failed'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** One run of a schedule: an instant at which it was due. */
export const ScheduleRun = defineEntity({
  name: 'ScheduleRun',
  tableName: 'schedule_run',
  properties: {
    schedule: p.text().primary(),
    dueAt: p.datetime().primary(),
    /**
     * Its name in paths, unique within the schedule: `2026-11-23`, or `2026-11-23T0800Z` if several runs a day are
     * possible.
     */
    runId: p.text(),
    status: p.text().$type<RunStatus>(),
    /** The number of attempts. Only the last one may change the run. */
    attempt: p.integer().default(0),
    jobId: p.uuid(),
    reportId: p.uuid().nullable(),
    /** The stored file of the last success; null: none yet. The next three fields belong to it. */
    artifactKey: p.text().nullable(),
    accountKey: p.text().nullable(),
    sizeBytes: p.bigint('number').nullable(),
    /** Of the file's bytes, in hex. */
    sha256: p.text().nullable(),
    /** Why the last attempt failed. */
    error: p.text().nullable(),
    createdAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
    /** When the file expired; null: not expired. */
    expiredAt: p.datetime().nullable(),
  },
});
export type ScheduleRun = InferEntity<typeof ScheduleRun>;

/** Whether a run has a file in the storage. */
export const hasArtifact = ({ artifactKey, expiredAt }: ScheduleRun): boolean => Boolean(artifactKey) && !expiredAt;

/** The key of a run. */
export type RunKey = Pick<ScheduleRun, 'schedule' | 'dueAt'>;
