import { ApiProperty } from '@nestjs/swagger';
import { formatInstant } from '#libs/instant/instant.js';
import type { Basis } from '#libs/uptime/breakdown.js';
import type { ReportMetadata } from './record/report-metadata.js';
import { ReportAccountDto, WindowDto } from './report-metadata.dto.js';
import {
  REPORT_FORMATS,
  REPORT_STATUSES,
  type Report,
  type ReportFormat,
  type ReportStatus,
  windowsOf,
} from './record/report.entity.js';
import type { ReportSummary } from './record/reports.repository.js';
import { REPORT_COLUMNS, REPORT_GROUP_BY } from './request/report-columns.js';
import { WebhookDto } from './webhooks/webhook.dto.js';
import { webhookState } from './record/webhook-state.js';

export class ReportProgressDto {
  @ApiProperty({ example: 4500 })
  stores_done!: number;

  @ApiProperty({ type: Number, nullable: true, example: 14000, description: 'null until known.' })
  stores_total!: number | null;
}

/** The statuses of trigger_report and get_report, which report a cancelled report as failed. */
const FIRST_STATUSES = ['Running', 'Complete', 'Failed'] as const;
type FirstStatus = (typeof FIRST_STATUSES)[number];

export class ReportTriggeredDto {
  @ApiProperty({ format: 'uuid' })
  report_id!: string;

  @ApiProperty({ enum: FIRST_STATUSES, example: 'Running' })
  status!: FirstStatus;

  @ApiProperty({ example: 'Report generation started' })
  message!: string;
}

export class ReportStateDto extends ReportTriggeredDto {
  @ApiProperty({ type: ReportProgressDto })
  progress!: ReportProgressDto;
}

/** The progress of a report, as sent in its events. */
export class ReportEventDto {
  @ApiProperty({ format: 'uuid' })
  report_id!: string;

  @ApiProperty({ enum: REPORT_STATUSES, example: 'Complete' })
  status!: ReportStatus;

  @ApiProperty({ example: 'Report generation complete', description: 'For humans; after a failure, with the reason.' })
  message!: string;

  @ApiProperty({ type: ReportProgressDto })
  progress!: ReportProgressDto;
}

/** A report as shown in lists. */
export class ReportSummaryDto extends ReportEventDto {
  @ApiProperty({ format: 'date-time' })
  as_of!: string;

  @ApiProperty({ enum: ['all', 'observed'] })
  basis!: Basis;

  @ApiProperty({ enum: REPORT_FORMATS })
  format!: ReportFormat;

  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Only stores that match this filter; null: no filter.',
  })
  filter!: string | null;

  @ApiProperty({ type: [WindowDto] })
  windows!: WindowDto[];

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 613_412,
    description: 'The size of the file; null until the report is complete.',
  })
  size_bytes!: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
    description: 'SHA-256 of the file, in hex; null until the report is complete, and for reports of older versions.',
  })
  sha256!: string | null;

  @ApiProperty({ type: WebhookDto, nullable: true, description: 'The state of its webhook; null: none was requested.' })
  webhook!: WebhookDto | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finished_at!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When its file expired; null: not expired.',
  })
  expired_at!: string | null;
}

export class ReportDto extends ReportSummaryDto {
  @ApiProperty({ type: [String], nullable: true, description: 'The requested ids; null: all stores.' })
  stores!: readonly string[] | null;

  @ApiProperty({ ...REPORT_COLUMNS, nullable: true, example: null, description: 'null: none.' })
  columns!: readonly string[] | null;

  @ApiProperty({ ...REPORT_GROUP_BY, nullable: true, example: null, description: 'null: one row for each store.' })
  group_by!: readonly string[] | null;

  @ApiProperty({
    type: ReportAccountDto,
    nullable: true,
    description: 'Metadata: the rules applied and how much was observed; null until the report is complete.',
  })
  account!: ReportMetadata | null;
}

export class ReportPageDto {
  @ApiProperty({ type: [ReportSummaryDto] })
  reports!: ReportSummaryDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Token of the next page; null on the last.' })
  next_page_token!: string | null;
}

/** A report's state as a message for humans. */
export function reportMessage(report: Pick<Report, 'status' | 'error'>): string {
  switch (report.status) {
    case 'Running':
      return 'Report generation in progress...';
    case 'Complete':
      return 'Report generation complete';
    case 'Cancelled':
      return 'Report generation cancelled';
    case 'Failed':
      return `Report generation failed: ${report.error ?? 'the reason is in the log'}`;
  }
}

const firstStatus = ({ status }: Report): FirstStatus => (status === 'Cancelled' ? 'Failed' : status);

export const toReportTriggeredDto = (report: Report): ReportTriggeredDto => ({
  report_id: report.id,
  status: firstStatus(report),
  message: 'Report generation started',
});

export const toReportStateDto = (report: Report): ReportStateDto => ({
  ...toReportEventDto(report),
  status: firstStatus(report),
  message: reportMessage({ ...report, status: firstStatus(report) }),
});

export const toReportEventDto = (report: ReportSummary): Pick<ReportEventDto, keyof ReportEventDto> => ({
  report_id: report.id,
  status: report.status,
  message: reportMessage(report),
  progress: { stores_done: report.storesDone, stores_total: report.storesTotal ?? null },
});

export const toReportSummaryDto = (report: ReportSummary): Pick<ReportSummaryDto, keyof ReportSummaryDto> => ({
  ...toReportEventDto(report),
  as_of: formatInstant(report.asOf.getTime()),
  basis: report.basis,
  format: report.format,
  filter: report.filter ?? null,
  windows: windowsOf(report).map(({ name, startMs, endMs }) => ({
    name,
    from: formatInstant(startMs),
    to: formatInstant(endMs),
  })),
  size_bytes: report.sizeBytes ?? null,
  sha256: report.sha256 ?? null,
  webhook: webhookState(report) ?? null,
  created_at: formatInstant(report.createdAt.getTime()),
  finished_at: report.finishedAt ? formatInstant(report.finishedAt.getTime()) : null,
  expired_at: report.expiredAt ? formatInstant(report.expiredAt.getTime()) : null,
});

export const toReportDto = (report: Report): ReportDto => ({
  ...toReportSummaryDto(report),
  stores: report.stores ?? null,
  columns: report.columns ?? null,
  group_by: report.groupBy ?? null,
  account: report.account ?? null,
});
