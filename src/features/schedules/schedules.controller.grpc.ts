import { Controller, UseFilters } from '@nestjs/common';
import { parseDuration } from '#libs/instant/duration.js';
import { RequireScope } from '../../edge/access/require-scope.js';
import * as proto from '../../generated/storewatch/v1/schedules_service.js';
import { BASIS, FORMAT, basisText, formatText } from '../reports/report-messages.js';
import { GrpcErrorFilter } from '../../edge/grpc/grpc-error.filter.js';
import {
  decodeNumbers,
  decodePageToken,
  encodeNumbers,
  encodePageToken,
  readPageSize,
} from '../../edge/paging/page-token.js';
import { durationText, toProtoDuration, toProtoTimestamp } from '../../edge/grpc/proto-timestamp.js';
import { DEFAULTS, type ScheduleInput } from './schedule-fields.js';
import { type Schedule, type ScheduleRun, hasArtifact } from './schedule.entity.js';
import { SchedulesService } from './schedules.service.js';

@Controller()
@UseFilters(GrpcErrorFilter)
@proto.SchedulesServiceControllerMethods()
export class SchedulesGrpcController implements proto.SchedulesServiceController {
  constructor(private readonly schedules: SchedulesService) {}

  @RequireScope('read')
  async listSchedules({ pageSize, pageToken }: proto.ListSchedulesRequest): Promise<proto.ListSchedulesResponse> {
    const { items, last } = await this.schedules.list(decodePageToken(pageToken), readPageSize(pageSize));
    return {
      schedules: items.map((schedule) => this.toMessage(schedule)),
      nextPageToken: last ? encodePageToken(last.name) : '',
    };
  }

  @RequireScope('read')
  async getSchedule({ name }: proto.GetScheduleRequest): Promise<proto.GetScheduleResponse> {
    return { schedule: this.toMessage(await this.schedules.find(name)) };
  }

  @RequireScope('admin')
  async createSchedule(request: proto.CreateScheduleRequest): Promise<proto.CreateScheduleResponse> {
    const { name, cron, timezone, report, destination, gzip, disabled } = request;
    const input = {
      ...fromReport(report),
      cron,
      timezone: timezone || undefined,
      destination: destination || undefined,
      gzip,
      enabled: !disabled,
    };
    return { schedule: this.toMessage(await this.schedules.create(name, input)) };
  }

  @RequireScope('admin')
  async updateSchedule(request: proto.UpdateScheduleRequest): Promise<proto.UpdateScheduleResponse> {
    const { name, report, ...fields } = request;
    return { schedule: this.toMessage(await this.schedules.update(name, { ...fields, ...fromReport(report) })) };
  }

  @RequireScope('admin')
  async removeSchedule({ name }: proto.RemoveScheduleRequest): Promise<proto.RemoveScheduleResponse> {
    await this.schedules.remove(name);
    return {};
  }

  @RequireScope('read')
  async listScheduleRuns(request: proto.ListScheduleRunsRequest): Promise<proto.ListScheduleRunsResponse> {
    const [before] = decodeNumbers(request.pageToken, 1) ?? [];
    const { items, last } = await this.schedules.listRuns(request.schedule, readPageSize(request.pageSize), before);
    return { runs: items.map(toRunMessage), nextPageToken: last ? encodeNumbers(last.dueAt.getTime()) : '' };
  }

  @RequireScope('read')
  async getScheduleRun({ schedule, runId }: proto.GetScheduleRunRequest): Promise<proto.GetScheduleRunResponse> {
    return { run: toRunMessage(await this.schedules.findRun(schedule, runId)) };
  }

  @RequireScope('admin')
  async runScheduleAgain({ schedule, runId }: proto.RunScheduleAgainRequest): Promise<proto.RunScheduleAgainResponse> {
    return { run: toRunMessage(await this.schedules.runAgain(schedule, runId)) };
  }

  private toMessage(schedule: Schedule): proto.Schedule {
    const nextDueAt = this.schedules.nextDueAt(schedule);
    return {
      name: schedule.name,
      cron: schedule.cron,
      timezone: schedule.timezone,
      report: {
        basis: BASIS[schedule.basis],
        format: FORMAT[schedule.format],
        stores: [...(schedule.stores ?? [])],
        filter: schedule.filter ?? '',
        windows: (schedule.windows ?? []).map(({ name, duration }) => ({
          name,
          duration: toProtoDuration(parseDuration(duration)!),
        })),
        columns: [...(schedule.columns ?? [])],
        groupBy: [...(schedule.groupBy ?? [])],
      },
      destination: schedule.destination,
      gzip: schedule.gzip,
      enabled: schedule.enabled,
      createdAt: toProtoTimestamp(schedule.createdAt.getTime()),
      nextDueAt: nextDueAt && toProtoTimestamp(nextDueAt.getTime()),
    };
  }
}

const STATUS: Record<ScheduleRun['status'], proto.ScheduleRunStatus> = {
  Running: proto.ScheduleRunStatus.SCHEDULE_RUN_STATUS_RUNNING,
  Complete: proto.ScheduleRunStatus.SCHEDULE_RUN_STATUS_COMPLETE,
  Failed: proto.ScheduleRunStatus.SCHEDULE_RUN_STATUS_FAILED,
};

/** A present message replaces all report options: an empty list of stores means all stores, as null does in REST. */
function fromReport(report: proto.ScheduledReport | null | undefined): ScheduleInput {
  if (!report) return {};
  const { basis, format, stores, filter, windows, columns, groupBy } = report;
  return {
    basis: basisText(basis) ?? DEFAULTS.basis,
    format: formatText(format) ?? DEFAULTS.format,
    stores: stores.length === 0 ? null : stores,
    filter,
    windows:
      windows.length === 0 ? null : windows.map(({ name, duration }) => ({ name, duration: durationText(duration) })),
    columns: columns.length === 0 ? null : columns,
    groupBy: groupBy.length === 0 ? null : groupBy,
  };
}

const toRunMessage = (run: ScheduleRun): proto.ScheduleRun => ({
  schedule: run.schedule,
  runId: run.runId,
  dueAt: toProtoTimestamp(run.dueAt.getTime()),
  status: STATUS[run.status],
  attempts: run.attempt,
  reportId: run.reportId ?? '',
  artifact: hasArtifact(run)
    ? { key: run.artifactKey!, accountKey: run.accountKey!, sizeBytes: run.sizeBytes!, sha256: run.sha256! }
    : undefined,
  error: run.error ?? '',
  createdAt: toProtoTimestamp(run.createdAt.getTime()),
  finishedAt: run.finishedAt ? toProtoTimestamp(run.finishedAt.getTime()) : undefined,
  expiredAt: run.expiredAt ? toProtoTimestamp(run.expiredAt.getTime()) : undefined,
});
