import { ApiProperty } from '@nestjs/swagger';
import { IsArray } from 'class-validator';
import { formatInstant, instantProblem, parseInstant } from '#libs/instant/instant.js';
import { quoteValue } from '#libs/errors.js';
import { SAMPLE_IMPORT_ID, SAMPLE_STORE_ID } from '../../sample-data/examples.js';
import { FILE_KINDS, type FileKind } from '#libs/file-kind.js';
import { IMPORT_STATUSES, type Import, type ImportStatus } from './imports/import.entity.js';
import { parseStatus, statusReason } from '../polls/poll-fields.js';
import type { IngestResult, PollInput } from '../polls/polls.service.js';

export class PollDto {
  @ApiProperty({ example: SAMPLE_STORE_ID, description: 'Opaque text, up to 255 characters.' })
  store_id!: string;

  @ApiProperty({ enum: ['active', 'inactive'], example: 'active' })
  status!: string;

  @ApiProperty({ example: '2026-01-12T15:14:39.388Z', description: 'RFC 3339, or the format of store_status.csv.' })
  timestamp_utc!: string;
}

export class IngestPollsDto {
  @ApiProperty({ type: [PollDto] })
  @IsArray()
  polls!: PollDto[];
}

export class RejectedPollDto {
  @ApiProperty({ type: 'integer', example: 1, description: 'Position in the batch, from 0.' })
  index!: number;

  @ApiProperty({ example: 'status' })
  field!: string;

  @ApiProperty({ example: '"maybe" is neither active nor inactive' })
  reason!: string;
}

export class IngestResultDto {
  @ApiProperty({ type: 'integer', example: 2, description: 'accepted + duplicate + rejected' })
  read!: number;

  @ApiProperty({ type: 'integer', example: 1, description: 'Polls that were new or changed a known status.' })
  accepted!: number;

  @ApiProperty({ type: 'integer', example: 0, description: 'Polls that were already known.' })
  duplicate!: number;

  @ApiProperty({ type: 'integer', example: 1, description: 'Polls that were rejected: see rejects.' })
  rejected!: number;

  @ApiProperty({ type: [RejectedPollDto] })
  rejects!: RejectedPollDto[];
}

export class RejectReasonDto {
  @ApiProperty({
    example: 'status: "maybe" is neither active nor inactive',
    description: 'The reason for the first such row.',
  })
  reason!: string;

  @ApiProperty({ type: 'integer', example: 3, description: 'Rows rejected for this reason, with any value.' })
  rows!: number;

  @ApiProperty({ type: 'integer', example: 2, description: 'The line of the first such row, from 1.' })
  first_line!: number;
}

export class ImportDto {
  @ApiProperty({ format: 'uuid', example: SAMPLE_IMPORT_ID })
  import_id!: string;

  @ApiProperty({ enum: FILE_KINDS, example: 'store_status' })
  kind!: FileKind;

  @ApiProperty({ enum: IMPORT_STATUSES, example: 'Complete' })
  status!: ImportStatus;

  @ApiProperty({ type: 'integer', example: 38_210, description: 'Data rows read: accepted + duplicate + rejected.' })
  read!: number;

  @ApiProperty({ type: 'integer', example: 38_172, description: 'Rows that were new or changed something.' })
  accepted!: number;

  @ApiProperty({ type: 'integer', example: 38, description: 'Rows that changed nothing.' })
  duplicate!: number;

  @ApiProperty({
    type: 'integer',
    example: 0,
    description: 'Rows that were rejected: see /v1/imports/{import_id}/rejects.',
  })
  rejected!: number;

  @ApiProperty({
    type: [RejectReasonDto],
    description: 'The ten most frequent reject reasons, most frequent first.',
  })
  reject_reasons!: RejectReasonDto[];

  @ApiProperty({
    type: [String],
    example: ['1 store without hours because of a rejected row, open all day in reports: "corner-shop" (line 3).'],
    description: 'Consequences that are easy to miss, such as stores that kept their previous hours.',
  })
  warnings!: string[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why reading stopped before the end of the file, or why no row was written.',
  })
  error!: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-12T17:00:01.004Z' })
  started_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-12T17:00:01.611Z' })
  finished_at!: string | null;
}

export class ImportPageDto {
  @ApiProperty({ type: [ImportDto] })
  imports!: ImportDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Token of the next page; null on the last.' })
  next_page_token!: string | null;
}

/** Reads one item of a JSON batch, which may be anything. */
export function fromPollDto(item: unknown): PollInput {
  if (typeof item !== 'object' || item === null) {
    return { field: '', reason: `${quoteValue(item)} is not an object with store_id, status and timestamp_utc` };
  }
  for (const name of Object.keys(item)) {
    if (!POLL_FIELDS.has(name)) return { field: name, reason: `there is no field ${quoteValue(name)}` };
  }
  const { store_id: storeId, status, timestamp_utc: timestamp } = item as Readonly<Record<string, unknown>>;
  if (typeof storeId !== 'string')
    return { field: 'store_id', reason: `${quoteValue(storeId)} is not text; write ids in quotes` };
  const active = typeof status === 'string' ? parseStatus(status) : undefined;
  if (active === undefined) return { field: 'status', reason: statusReason(status) };
  const polledAtMs = typeof timestamp === 'string' ? parseInstant(timestamp) : undefined;
  if (polledAtMs === undefined) return { field: 'timestamp_utc', reason: instantProblem(timestamp) };
  return { storeId, active, polledAtMs };
}

const POLL_FIELDS: ReadonlySet<string> = new Set(['store_id', 'status', 'timestamp_utc']);

export const toIngestResultDto = ({ accepted, duplicate, rejected }: IngestResult): IngestResultDto => ({
  read: accepted + duplicate + rejected.length,
  accepted,
  duplicate,
  rejected: rejected.length,
  rejects: [...rejected],
});

export const toImportDto = (record: Import): ImportDto => ({
  import_id: record.id,
  kind: record.kind,
  status: record.status,
  read: record.readRows,
  accepted: record.acceptedRows,
  duplicate: record.duplicateRows,
  rejected: record.rejectedRows,
  reject_reasons: record.rejectReasons.map(({ reason, rows, firstLine }) => ({ reason, rows, first_line: firstLine })),
  warnings: [...record.warnings],
  error: record.error ?? null,
  started_at: formatInstant(record.startedAt.getTime()),
  finished_at: record.finishedAt ? formatInstant(record.finishedAt.getTime()) : null,
});
