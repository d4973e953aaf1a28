import { ApiProperty } from '@nestjs/swagger';
import { IsArray } from 'class-validator';
import { formatInstant, parseInstant } from '#libs/instant/instant.js';
import { quoteValue } from '#libs/errors.js';
import { IMPORT_KINDS, IMPORT_STATUSES, type Import, type ImportKind, type ImportStatus } from './import.entity.js';
import { parseStatus, statusReason, timestampReason } from './poll-fields.js';
import type { IngestResult, PollInput } from './polls.service.js';

export class PollDto {
  @ApiProperty({ example: '8139926242460185114', description: 'Opaque text, up to 255 characters.' })
  store_id!: string;

  @ApiProperty({ enum: ['active', 'inactive'] })
  status!: string;

  @ApiProperty({ example: '2026-11-23T12:09:39.388Z', description: 'RFC 3339, or the form of the CSV files.' })
  timestamp_utc!: string;
}

export class IngestPollsDto {
  @ApiProperty({ type: [PollDto] })
  @IsArray()
  polls!: PollDto[];
}

export class RejectedPollDto {
  @ApiProperty({ description: 'Place in the batch, from 0.' })
  index!: number;

  @ApiProperty({ example: 'status' })
  field!: string;

  @ApiProperty({ example: '"maybe" is neither active nor inactive' })
  reason!: string;
}

export class IngestResultDto {
  @ApiProperty({ description: 'accepted + duplicate + rejected' })
  read!: number;

  @ApiProperty({ description: 'Polls that changed what is known.' })
  accepted!: number;

  @ApiProperty({ description: 'Polls that said what was known already.' })
  duplicate!: number;

  @ApiProperty()
  rejected!: number;

  @ApiProperty({ type: [RejectedPollDto] })
  rejects!: RejectedPollDto[];
}

export class ImportDto {
  @ApiProperty({ format: 'uuid' })
  import_id!: string;

  @ApiProperty({ enum: IMPORT_KINDS })
  kind!: ImportKind;

  @ApiProperty({ enum: IMPORT_STATUSES })
  status!: ImportStatus;

  @ApiProperty({ description: 'Data rows seen: accepted + duplicate + rejected.' })
  read!: number;

  @ApiProperty({ description: 'Rows that changed what is known.' })
  accepted!: number;

  @ApiProperty({ description: 'Rows that said what was known already.' })
  duplicate!: number;

  @ApiProperty({ description: 'Rows that could not be used: see /v1/imports/{import_id}/rejects.' })
  rejected!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Why reading ended before the end of the file.' })
  error!: string | null;

  @ApiProperty({ format: 'date-time' })
  started_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finished_at!: string | null;
}

/** One poll of a JSON batch, whatever it is. */
export function fromPollDto(item: unknown): PollInput {
  if (typeof item !== 'object' || item === null) {
    return { field: '', reason: `${quoteValue(item)} is not an object with store_id, status and timestamp_utc` };
  }
  const { store_id: storeId, status, timestamp_utc: timestamp, ...others }: Record<string, unknown> = { ...item };
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) return { field: unknown, reason: `there is no field ${quoteValue(unknown)}` };
  if (typeof storeId !== 'string')
    return { field: 'store_id', reason: `${quoteValue(storeId)} is not text; write ids in quotes` };
  const active = typeof status === 'string' ? parseStatus(status) : undefined;
  if (active === undefined) return { field: 'status', reason: statusReason(status) };
  const polledAtMs = typeof timestamp === 'string' ? parseInstant(timestamp) : undefined;
  if (polledAtMs === undefined) return { field: 'timestamp_utc', reason: timestampReason(timestamp) };
  return { storeId, active, polledAtMs };
}

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
  error: record.error ?? null,
  started_at: formatInstant(record.startedAt.getTime()),
  finished_at: record.finishedAt ? formatInstant(record.finishedAt.getTime()) : null,
});
