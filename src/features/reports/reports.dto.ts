import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsOptional } from 'class-validator';
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
import { WebhookDto } from './webhooks/webhook.dto.js';
import { webhookState } from './record/webhook-state.js';

export class TriggerReportDto {
  @ApiProperty({
    required: false,
    type: String,
    format: 'date-time',
    description: 'The end of all three windows, up to now. Absent: the latest poll, or now if that is earlier.',
  })
  @IsOptional()
  as_of?: string;

  @ApiProperty({
    required: false,
    enum: ['all', 'observed'],
    default: 'all',
    description: 'all: carried time counts and unknown is downtime. observed: only what polls inside the opening saw.',
  })
  @IsOptional()
  basis?: Basis;
}

export class WindowRequestDto {
  @ApiProperty({ example: 'last_3_days', pattern: '^[a-z][a-z0-9_]{0,39}$' })
  name!: string;

  @ApiProperty({ required: false, example: '3d', description: 'Elapsed time before as-of: 90s, 30m, 3h or 2d.' })
  duration?: string;

  @ApiProperty({ required: false, format: 'date-time', description: 'Instead of a duration, together with to.' })
  from?: string;

  @ApiProperty({ required: false, format: 'date-time', description: 'Not after as-of.' })
  to?: string;
}

export class WebhookRequestDto {
  @ApiProperty({
    format: 'uri',
    maxLength: 2_000,
    example: 'https://example.com/storewatch',
    description: 'Called when the report has ended, with a signed POST. RequireScope WEBHOOK_SECRET.',
  })
  url!: string;
}

export class CreateReportDto extends TriggerReportDto {
  @ApiProperty({
    required: false,
    type: [String],
    maxItems: 10_000,
    description: 'Ids of stores that are known. Absent: all stores.',
  })
  @IsOptional()
  stores?: string[];

  @ApiProperty({
    required: false,
    type: [WindowRequestDto],
    maxItems: 50,
    description: 'Each up to 400 days. Absent: the last hour, day and week.',
  })
  @IsOptional()
  windows?: WindowRequestDto[];

  @ApiProperty({
    required: false,
    enum: REPORT_FORMATS,
    default: 'csv',
    description: 'csv has seven columns when windows is absent, and the six parts of each window in ms otherwise.',
  })
  @Allow()
  format?: ReportFormat;

  @ApiProperty({ required: false, type: WebhookRequestDto })
  @IsOptional()
  webhook?: WebhookRequestDto;
}

export class ReportProgressDto {
  @ApiProperty({ example: 4500 })
  stores_done!: number;

  @ApiProperty({ type: Number, nullable: true, example: 14000, description: 'null until it is known.' })
  stores_total!: number | null;
}

/** What clients of trigger_report and get_report know: to them, a report that was cancelled has failed. */
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

/** How far a report is: what its events say. */
export class ReportEventDto {
  @ApiProperty({ format: 'uuid' })
  report_id!: string;

  @ApiProperty({ enum: REPORT_STATUSES, example: 'Complete' })
  status!: ReportStatus;

  @ApiProperty({ example: 'Report generation complete', description: 'For people; why, when it failed.' })
  message!: string;

  @ApiProperty({ type: ReportProgressDto })
  progress!: ReportProgressDto;
}

/** A report as lists hold it. */
export class ReportSummaryDto extends ReportEventDto {
  @ApiProperty({ format: 'date-time' })
  as_of!: string;

  @ApiProperty({ enum: ['all', 'observed'] })
  basis!: Basis;

  @ApiProperty({ enum: REPORT_FORMATS })
  format!: ReportFormat;

  @ApiProperty({ type: [WindowDto] })
  windows!: WindowDto[];

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 613_412,
    description: 'Of the file; null until it is complete.',
  })
  size_bytes!: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
    description: 'Of the file, in hex; null until it is complete, and for reports of versions that did not keep it.',
  })
  sha256!: string | null;

  @ApiProperty({ type: WebhookDto, nullable: true, description: 'Who is told that it has ended; null: nobody.' })
  webhook!: WebhookDto | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finished_at!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When its file was removed because of its age.',
  })
  expired_at!: string | null;
}

export class ReportDto extends ReportSummaryDto {
  @ApiProperty({ type: [String], nullable: true, description: 'The ids asked for; null: all stores.' })
  stores!: readonly string[] | null;

  @ApiProperty({ type: ReportAccountDto, nullable: true, description: 'What it rests on; null until it is complete.' })
  account!: ReportMetadata | null;
}

export class ReportPageDto {
  @ApiProperty({ type: [ReportSummaryDto] })
  reports!: ReportSummaryDto[];

  @ApiProperty({ type: String, nullable: true, description: 'null on the last page.' })
  next_page_token!: string | null;
}

/** What a report's state says to people. */
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
  account: report.account ?? null,
});
