import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import type { Basis } from '#libs/uptime/breakdown.js';
import type { ReportFormat } from '../reports/record/report.entity.js';

/** A window before the instant that a report is due. */
export interface DurationWindow {
  readonly name: string;
  /** `3d` */
  readonly duration: string;
}

/** A report that is made again and again, when a cron expression says so. */
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
    /** null: the last hour, day and week. */
    windows: p.json().$type<readonly DurationWindow[]>().nullable(),
    /** What the storage keys of its files begin with, up to a slash. */
    destination: p.text(),
    gzip: p.boolean(),
    enabled: p.boolean(),
    /** What was due up to then is not made; null: the first look of a scheduler sets it. */
    dueAfter: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});
export type Schedule = InferEntity<typeof Schedule>;

export const RUN_STATUSES = ['Running', 'Complete', 'Failed'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** What became of one instant at which a schedule was due. */
export const ScheduleRun = defineEntity({
  name: 'ScheduleRun',
  tableName: 'schedule_run',
  properties: {
    schedule: p.text().primary(),
    dueAt: p.datetime().primary(),
    /** Its name in paths, unique in its schedule: `2026-11-23`, or `2026-11-23T0800Z` where there are several a day. */
    runId: p.text(),
    status: p.text().$type<RunStatus>(),
    /** How often it was begun; what an earlier attempt says does not count any more. */
    attempt: p.integer().default(0),
    jobId: p.uuid(),
    reportId: p.uuid().nullable(),
    /** The file in the storage, of this run's last success; null: none yet. The next four go with it. */
    artifactKey: p.text().nullable(),
    accountKey: p.text().nullable(),
    sizeBytes: p.bigint('number').nullable(),
    /** Of the file's bytes, in hex. */
    sha256: p.text().nullable(),
    /** Why the last attempt failed. */
    error: p.text().nullable(),
    createdAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
    /** Since when the file is gone, because of its age; null: it is there, if it ever was. */
    expiredAt: p.datetime().nullable(),
  },
});
export type ScheduleRun = InferEntity<typeof ScheduleRun>;

/** Whether a run has a file in the storage. */
export const hasArtifact = ({ artifactKey, expiredAt }: ScheduleRun): boolean => Boolean(artifactKey) && !expiredAt;

/** What names a run. */
export type RunKey = Pick<ScheduleRun, 'schedule' | 'dueAt'>;
