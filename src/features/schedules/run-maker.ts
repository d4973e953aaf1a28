import { setTimeout as sleep } from 'node:timers/promises';
import { type Readable, pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { DomainError } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import { Clock } from '../../platform/clock/clock.js';
import { ReportRequests } from '../reports/request/report-requests.js';
import { type Report, storedFile } from '../reports/record/report.entity.js';
import { ReportsService } from '../reports/reports.service.js';
import { getStored } from '../../platform/storage/stored-file.js';
import { Storage } from '../../platform/storage/storage.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import { jsonText, latestKey, pointerTo, removeFromOldDestination } from './pointer.js';
import { type Artifact, ScheduleRunsRepository } from './schedule-runs.repository.js';
import type { RunKey, Schedule, ScheduleRun } from './schedule.entity.js';
import { SchedulesRepository } from './schedules.repository.js';

const POLL_EVERY_MS = 250;

/** Makes runs: requests the report and publishes it at the schedule's destination. */
@Injectable()
export class RunMaker {
  constructor(
    private readonly schedules: SchedulesRepository,
    private readonly runs: ScheduleRunsRepository,
    private readonly requests: ReportRequests,
    private readonly reports: ReportsService,
    private readonly storage: Storage,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a run. Safe to repeat and to run concurrently: the last attempt counts, and every attempt publishes the same
   * report under the same key.
   * @param signal aborted: stop, another attempt continues
   * @returns undefined when the run has ended or the schedule was removed
   * @throws any error, which is recorded in the run; the run stays Running until it is marked as failed
   */
  async make(key: RunKey, signal: AbortSignal): Promise<Artifact | undefined> {
    const attempt = await this.runs.beginAttempt(key);
    const [run, schedule] = await Promise.all([this.runs.find(key), this.schedules.find(key.schedule)]);
    if (attempt === undefined || !run || !schedule) return undefined;
    try {
      const report = await this.report({ ...run, attempt }, schedule, signal);
      return await this.publish({ ...run, attempt }, schedule, report);
    } catch (error) {
      // an interrupted attempt is not a failure; a failure to record the error must not hide it
      if (!signal.aborted) await this.runs.note({ ...key, attempt }, toDomainError(error).message).catch(() => {});
      throw error;
    }
  }

  /** The run's complete report. Any worker makes it, like any other report. */
  private async report(run: ScheduleRun, schedule: Schedule, signal: AbortSignal): Promise<Report> {
    let report = (await this.earlierReport(run)) ?? (await this.newReport(run, schedule));
    while (report.status === 'Running') {
      await sleep(POLL_EVERY_MS, undefined, { signal });
      report = await this.reports.find(report.id);
    }
    if (report.status === 'Complete') return report;
    throw new DomainError('unavailable', `The report ${report.id} failed: ${report.error ?? 'the log says why'}`);
  }

  /** The report of an earlier attempt, if it can still be used. */
  private async earlierReport({ reportId }: ScheduleRun): Promise<Report | undefined> {
    if (!reportId) return undefined;
    const report = await this.reports.find(reportId).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'not_found') return undefined; // it was deleted
      throw error;
    });
    const isUsable = report?.status === 'Running' || (report?.status === 'Complete' && !report.expiredAt);
    return isUsable ? report : undefined;
  }

  private async newReport(run: ScheduleRun, schedule: Schedule): Promise<Report> {
    const { basis, format, stores, filter, limitedTo = null, windows, columns, groupBy } = schedule;
    const asOf = formatInstant(run.dueAt.getTime());
    const options = { asOf, basis, format, stores, filter, windows, columns, groupBy };
    return this.requests.triggerForProgram(options, limitedTo, async (client, reportId) => {
      if (await this.runs.setReport(client, run, reportId)) return;
      throw new DomainError('cancelled', 'Another attempt is making this run.');
    });
  }

  /** Writes the report, its metadata file and, unless a newer run is published, latest.json to the storage. */
  private async publish(run: ScheduleRun, schedule: Schedule, report: Report): Promise<Artifact | undefined> {
    const { destination, gzip } = schedule;
    const folder = `${destination}/${run.runId}`;
    const artifactKey = `${folder}/report.${report.format}${gzip ? '.gz' : ''}`;
    const accountKey = `${folder}/report.account.json`;
    return this.runs.publish(run, new Date(this.clock.nowMs()), async ({ isNewest, nextAccountKey }) => {
      const content = await getStored(this.storage, storedFile(report));
      const stored = await this.storage.put(artifactKey, gzip ? gzipped(content) : content);
      const artifact = { artifactKey, accountKey, ...stored };
      const pointer = pointerTo(run, report, artifact);
      await this.storage.put(accountKey, jsonText({ ...pointer, ...report.account }));
      if (isNewest) await this.storage.put(latestKey(destination), jsonText(pointer));
      // deletes what earlier attempts left, half-written or in another format or place
      await this.storage.removeAll(`${folder}/report.`, [artifactKey, accountKey]);
      const { artifactKey: earlierKey } = run;
      if (earlierKey && !earlierKey.startsWith(`${folder}/`)) {
        const earlier = { schedule: run.schedule, artifactKey: earlierKey, accountKey: run.accountKey! };
        await removeFromOldDestination(this.storage, earlier, nextAccountKey);
      }
      return artifact;
    });
  }
}

/** An error in the content is passed on to the reader of the result. */
const gzipped = (content: Readable): Readable => pipeline(content, createGzip(), () => {});
