import { ApiProperty, PartialType } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import { MAX_LENGTH } from '#libs/filter/parse.js';
import { formatInstant } from '#libs/instant/instant.js';
import type { Basis } from '#libs/uptime/breakdown.js';
import { FILTER_EXAMPLE, filterText } from '../../edge/filter/api-filter.js';
import { REPORT_FORMATS, type ReportFormat } from '../reports/record/report.entity.js';
import { REPORT_COLUMNS, REPORT_GROUP_BY } from '../reports/request/report-columns.js';
import { DEFAULTS, DESTINATION, SCHEDULE_NAME } from './schedule-fields.js';
import type { DurationWindow, Schedule } from './schedule.entity.js';

export class DurationWindowDto implements DurationWindow {
  @ApiProperty({ example: 'last_3_days', pattern: '^[a-z][a-z0-9_]{0,39}$' })
  name!: string;

  @ApiProperty({
    example: '3d',
    description: 'Elapsed time before the run is due: 90s, 30m, 3h or 2d, up to 400 days.',
  })
  duration!: string;
}

/**
 * The fields that can be changed. null means absent, except for stores, filter and windows, where it means all stores, no
 * filter and the default windows.
 */
class ScheduleFieldsDto {
  @ApiProperty({
    example: '0 2 * * *',
    description:
      'crontab(5): minute, hour, day of the month, month, day of the week. Or @hourly, @daily, @midnight, @weekly, ' +
      '@monthly, @yearly or @annually, which are stored as five fields.',
  })
  @Allow()
  cron!: string;

  @ApiProperty({
    required: false,
    default: DEFAULTS.timezone,
    example: 'America/Chicago',
    description: 'IANA name of the timezone in which cron is evaluated.',
  })
  @Allow()
  timezone?: string;

  @ApiProperty({ required: false, enum: ['all', 'observed'], default: DEFAULTS.basis })
  @Allow()
  basis?: Basis;

  @ApiProperty({ required: false, enum: REPORT_FORMATS, default: DEFAULTS.format })
  @Allow()
  format?: ReportFormat;

  @ApiProperty({
    required: false,
    type: [String],
    nullable: true,
    maxItems: 10_000,
    example: null,
    description: 'Ids of existing stores; null: all stores.',
  })
  @Allow()
  stores?: readonly string[] | null;

  @ApiProperty({
    required: false,
    type: String,
    nullable: true,
    maxLength: MAX_LENGTH,
    example: FILTER_EXAMPLE,
    description: `${filterText()} They are chosen when a report is made. null or empty: no filter.`,
  })
  @Allow()
  filter?: string | null;

  @ApiProperty({
    required: false,
    type: [DurationWindowDto],
    nullable: true,
    maxItems: 50,
    example: null,
    description: 'null: the last hour, day and week.',
  })
  @Allow()
  windows?: readonly DurationWindowDto[] | null;

  @ApiProperty({ ...REPORT_COLUMNS, required: false, nullable: true, example: null, description: 'null: none.' })
  @Allow()
  columns?: readonly string[] | null;

  @ApiProperty({ ...REPORT_GROUP_BY, required: false, nullable: true, example: null, description: 'null: no groups.' })
  @Allow()
  group_by?: readonly string[] | null;

  @ApiProperty({
    required: false,
    pattern: DESTINATION,
    example: 'nightly-for-finance',
    description: "A folder of the storage that no other schedule uses. Default: the schedule's name.",
  })
  @Allow()
  destination?: string;

  @ApiProperty({ required: false, default: DEFAULTS.gzip })
  @Allow()
  gzip?: boolean;

  @ApiProperty({ required: false, default: DEFAULTS.enabled })
  @Allow()
  enabled?: boolean;
}

export class CreateScheduleDto extends ScheduleFieldsDto {
  @ApiProperty({ pattern: SCHEDULE_NAME, example: 'nightly-for-finance' })
  @Allow()
  name!: string;
}

export class UpdateScheduleDto extends PartialType(ScheduleFieldsDto) {}

export class ScheduleDto {
  @ApiProperty({ example: 'nightly' })
  name!: string;

  @ApiProperty({ example: '0 2 * * *' })
  cron!: string;

  @ApiProperty({ example: 'America/Chicago' })
  timezone!: string;

  @ApiProperty({ enum: ['all', 'observed'] })
  basis!: Basis;

  @ApiProperty({ enum: REPORT_FORMATS })
  format!: ReportFormat;

  @ApiProperty({ type: [String], nullable: true, example: null, description: 'null: all stores.' })
  stores!: readonly string[] | null;

  @ApiProperty({ type: String, nullable: true, example: FILTER_EXAMPLE, description: 'null: no filter.' })
  filter!: string | null;

  @ApiProperty({
    type: [DurationWindowDto],
    nullable: true,
    example: null,
    description: 'null: the last hour, day and week.',
  })
  windows!: readonly DurationWindowDto[] | null;

  @ApiProperty({ ...REPORT_COLUMNS, nullable: true, example: null, description: 'null: none.' })
  columns!: readonly string[] | null;

  @ApiProperty({ ...REPORT_GROUP_BY, nullable: true, example: null, description: 'null: one row for each store.' })
  group_by!: readonly string[] | null;

  @ApiProperty({ example: 'nightly' })
  destination!: string;

  @ApiProperty({ example: false })
  gzip!: boolean;

  @ApiProperty({ example: true })
  enabled!: boolean;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-11-26T08:00:00.000Z',
    description: 'null while the schedule is disabled.',
  })
  next_due_at!: string | null;
}

export class SchedulePageDto {
  @ApiProperty({ type: [ScheduleDto], description: 'Ordered by name.' })
  schedules!: ScheduleDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Token of the next page; null on the last.' })
  next_page_token!: string | null;
}

export const toScheduleDto = (schedule: Schedule, nextDueAt: Date | undefined): ScheduleDto => ({
  name: schedule.name,
  cron: schedule.cron,
  timezone: schedule.timezone,
  basis: schedule.basis,
  format: schedule.format,
  stores: schedule.stores ?? null,
  filter: schedule.filter ?? null,
  windows: schedule.windows ?? null,
  columns: schedule.columns ?? null,
  group_by: schedule.groupBy ?? null,
  destination: schedule.destination,
  gzip: schedule.gzip,
  enabled: schedule.enabled,
  created_at: formatInstant(schedule.createdAt.getTime()),
  next_due_at: nextDueAt ? formatInstant(nextDueAt.getTime()) : null,
});
