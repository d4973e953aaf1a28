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
import { getStored } from '../../platform/storage/checked.js';
import { Storage } from '../../platform/storage/storage.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import { jsonText, latestKey, leave, pointerTo } from './pointer.js';
import { type Artifact, ScheduleRunsRepository } from './schedule-runs.repository.js';
import type { RunKey, Schedule, ScheduleRun } from './schedule.entity.js';
import { SchedulesRepository } from './schedules.repository.js';

const LOOK_EVERY_MS = 250;

/** Makes runs: has the report made, and publishes it at the schedule's destination. */
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
   * Makes a run. Harmless to repeat and to do twice at once: the last attempt counts, and every attempt publishes the same
   * report in the same place.
   * @param signal aborted: stop, somebody else goes on
   * @returns undefined: there is nothing to make, since the run has come to its end, or the schedule was removed
   * @throws whatever went wrong, which is noted in the run; it stays Running unless somebody says that it failed
   */
  async make(key: RunKey, signal: AbortSignal): Promise<Artifact | undefined> {
    const attempt = await this.runs.beginAttempt(key);
    const [run, schedule] = await Promise.all([this.runs.find(key), this.schedules.find(key.schedule)]);
    if (attempt === undefined || !run || !schedule) return undefined;
    try {
      const report = await this.report({ ...run, attempt }, schedule, signal);
      return await this.publish({ ...run, attempt }, schedule, report);
    } catch (error) {
      // that somebody else goes on is no failure; and what is told is the first error
      if (!signal.aborted) await this.runs.note({ ...key, attempt }, toDomainError(error).message).catch(() => {});
      throw error;
    }
  }

  /** The run's report, complete. It is made by whichever worker takes it, like any other. */
  private async report(run: ScheduleRun, schedule: Schedule, signal: AbortSignal): Promise<Report> {
    let report = (await this.earlierReport(run)) ?? (await this.newReport(run, schedule));
    while (report.status === 'Running') {
      await sleep(LOOK_EVERY_MS, undefined, { signal });
      report = await this.reports.find(report.id);
    }
    if (report.status === 'Complete') return report;
    throw new DomainError('unavailable', `The report ${report.id} failed: ${report.error ?? 'the log says why'}`);
  }

  /** That of an attempt before, unless nothing can come of it. */
  private async earlierReport({ reportId }: ScheduleRun): Promise<Report | undefined> {
    if (!reportId) return undefined;
    const report = await this.reports.find(reportId).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'not_found') return undefined; // somebody removed it
      throw error;
    });
    const isOfUse = report?.status === 'Running' || (report?.status === 'Complete' && !report.expiredAt);
    return isOfUse ? report : undefined;
  }

  private async newReport(run: ScheduleRun, { basis, format, stores, windows }: Schedule): Promise<Report> {
    const options = { asOf: formatInstant(run.dueAt.getTime()), basis, format, stores, windows };
    return this.requests.triggerForProgram(options, async (client, reportId) => {
      if (await this.runs.setReport(client, run, reportId)) return;
      throw new DomainError('cancelled', 'Another attempt makes this run.');
    });
  }

  /** Puts the report, its account and, when no newer run is there, the pointer to it into the storage. */
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
      // what an earlier making has left, in another format or place, or half-written
      await this.storage.removeAll(`${folder}/report.`, [artifactKey, accountKey]);
      const { artifactKey: earlierKey } = run;
      if (earlierKey && !earlierKey.startsWith(`${folder}/`)) {
        const earlier = { schedule: run.schedule, artifactKey: earlierKey, accountKey: run.accountKey! };
        await leave(this.storage, earlier, nextAccountKey);
      }
      return artifact;
    });
  }
}

/** When the content breaks off, so does what is read of it here. */
const gzipped = (content: Readable): Readable => pipeline(content, createGzip(), () => {});
