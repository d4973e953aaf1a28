import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import type { Basis } from '#libs/uptime/parts.js';
import { REPORT_STATUSES, type Report, type ReportStatus } from './report.entity.js';

export class TriggerReportDto {
  @ApiProperty({
    required: false,
    type: String,
    format: 'date-time',
    description: 'The end of all three windows, up to now. Absent: the latest poll.',
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

export class ReportProgressDto {
  @ApiProperty({ example: 4500 })
  stores_done!: number;

  @ApiProperty({ type: Number, nullable: true, example: 14000, description: 'null until it is known.' })
  stores_total!: number | null;
}

export class ReportTriggeredDto {
  @ApiProperty({ format: 'uuid' })
  report_id!: string;

  @ApiProperty({ enum: REPORT_STATUSES, example: 'Running' })
  status!: ReportStatus;

  @ApiProperty({ example: 'Report generation started' })
  message!: string;
}

export class ReportStateDto extends ReportTriggeredDto {
  @ApiProperty({ type: ReportProgressDto })
  progress!: ReportProgressDto;
}

/** What a report's state says to people. */
export function reportMessage(report: Report): string {
  switch (report.status) {
    case 'Running':
      return 'Report generation in progress...';
    case 'Complete':
      return 'Report generation complete';
    case 'Failed':
      return `Report generation failed: ${report.error ?? 'the reason is in the log'}`;
  }
}

export const toReportTriggeredDto = (report: Report): ReportTriggeredDto => ({
  report_id: report.id,
  status: report.status,
  message: 'Report generation started',
});

export const toReportStateDto = (report: Report): ReportStateDto => ({
  report_id: report.id,
  status: report.status,
  message: reportMessage(report),
  progress: { stores_done: report.storesDone, stores_total: report.storesTotal ?? null },
});
