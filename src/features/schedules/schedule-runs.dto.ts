import { ApiProperty } from '@nestjs/swagger';
import { formatInstant } from '#libs/instant/instant.js';
import { RUN_STATUSES, type RunStatus, type ScheduleRun, hasArtifact } from './schedule.entity.js';

export class ArtifactDto {
  @ApiProperty({ example: 'nightly/2026-11-23/report.csv', description: 'The storage key of the report file.' })
  key!: string;

  @ApiProperty({
    example: 'nightly/2026-11-23/report.account.json',
    description: 'The storage key of the metadata file.',
  })
  account_key!: string;

  @ApiProperty({ example: 812_345 })
  size_bytes!: number;

  @ApiProperty({
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    description: "SHA-256 of the file's bytes, in hex.",
  })
  sha256!: string;
}

export class ScheduleRunDto {
  @ApiProperty({ example: 'nightly' })
  schedule!: string;

  @ApiProperty({
    example: '2026-11-23',
    description:
      "The date in the schedule's timezone; for a schedule that may run several times a day, the minute in UTC.",
  })
  run_id!: string;

  @ApiProperty({ format: 'date-time', description: 'The time when the run was due, which is the as-of of its report.' })
  due_at!: string;

  @ApiProperty({ enum: RUN_STATUSES, example: 'Complete' })
  status!: RunStatus;

  @ApiProperty({ example: 1 })
  attempts!: number;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description:
      'The report, whose content is at /v1/reports/{report_id}/content until it expires; null until it is created.',
  })
  report_id!: string | null;

  @ApiProperty({
    type: ArtifactDto,
    nullable: true,
    description:
      'The stored file, which stays while the run is repeated; null before the first success and after expiry.',
  })
  artifact!: ArtifactDto | null;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why the last attempt failed.' })
  error!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finished_at!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
    description: 'When its file expired (KEEP_SCHEDULED_FOR). The run can be repeated.',
  })
  expired_at!: string | null;
}

export class ScheduleRunPageDto {
  @ApiProperty({ type: [ScheduleRunDto], description: 'Newest first.' })
  runs!: ScheduleRunDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Token of the next page; null on the last.' })
  next_page_token!: string | null;
}

export const toScheduleRunDto = (run: ScheduleRun): ScheduleRunDto => ({
  schedule: run.schedule,
  run_id: run.runId,
  due_at: formatInstant(run.dueAt.getTime()),
  status: run.status,
  attempts: run.attempt,
  report_id: run.reportId ?? null,
  artifact: hasArtifact(run)
    ? { key: run.artifactKey!, account_key: run.accountKey!, size_bytes: run.sizeBytes!, sha256: run.sha256! }
    : null,
  error: run.error ?? null,
  created_at: formatInstant(run.createdAt.getTime()),
  finished_at: run.finishedAt ? formatInstant(run.finishedAt.getTime()) : null,
  expired_at: run.expiredAt ? formatInstant(run.expiredAt.getTime()) : null,
});
