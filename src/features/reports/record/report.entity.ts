import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import type { Basis } from '#libs/uptime/breakdown.js';
import { type Window, standardWindows } from '#libs/uptime/windows.js';
import type { StoredFile } from '../../../platform/storage/stored-file.js';
import type { ReportMetadata } from './report-metadata.js';

export const REPORT_STATUSES = ['Running', 'Complete', 'Failed', 'Cancelled'] as const;
export type ReportStatus = (typeof REPORT_STATUSES)[number];

export const REPORT_FORMATS = ['csv', 'json', 'ndjson'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** A requested window with its ends in RFC 3339. */
export interface StoredWindow {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export const Report = defineEntity({
  name: 'Report',
  tableName: 'report',
  properties: {
    id: p.uuid().primary(),
    status: p.text().$type<ReportStatus>(),
    asOf: p.datetime(),
    basis: p.text().$type<Basis>(),
    format: p.text().$type<ReportFormat>(),
    /** Ids; null: all stores. */
    stores: p.json().$type<readonly string[]>().nullable(),
    /** Only stores that match when the report is made; null: no filter. */
    filter: p.text().nullable(),
    /** The filter of the API key that made it, which its stores match too; null: a key without a filter. */
    limitedTo: p.text().nullable(),
    /** null: the last hour, day and week. */
    windows: p.json().$type<readonly StoredWindow[]>().nullable(),
    /** Columns of names and tags, such as tags.region; null: none. */
    columns: p.json().$type<readonly string[]>().nullable(),
    /** Tags that make groups; null: one row for each store. */
    groupBy: p.json().$type<readonly string[]>().nullable(),
    storesDone: p.integer().default(0),
    storesTotal: p.integer().nullable(),
    storageKey: p.text().nullable(),
    sizeBytes: p.bigint('number').nullable(),
    /** Of the file's bytes, in hex; null for reports of older versions. */
    sha256: p.text().nullable(),
    /** When the files expired; null: not expired. */
    expiredAt: p.datetime().nullable(),
    account: p.json().columnType('json').$type<ReportMetadata>().nullable(),
    accountKey: p.text().nullable(),
    error: p.text().nullable(),
    /** The number of attempts. Only the last one may change the report. */
    attempt: p.integer().default(0),
    /** The client's key for its request: a repeated request returns the same report. */
    idempotencyKey: p.text().nullable(),
    /** SHA-256 of the request with that key. */
    requestDigest: p.text().nullable(),
    /** Called when the report ends; null: no webhook. */
    webhookUrl: p.text().nullable(),
    webhookAttempts: p.integer().default(0),
    /** HTTP status of the last attempt; null: no response yet. */
    webhookStatus: p.integer().nullable(),
    webhookError: p.text().nullable(),
    webhookAttemptedAt: p.datetime().nullable(),
    webhookNextAt: p.datetime().nullable(),
    webhookDeliveredAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
  },
});
export type Report = InferEntity<typeof Report>;

/** The common prefix of the storage keys of a report's files. */
export const filesOf = ({ id, createdAt }: Pick<Report, 'id' | 'createdAt'>): string =>
  `reports/${createdAt.toISOString().slice(0, 10)}/${id}`;

/** The stored file of a complete report. */
export const storedFile = ({ storageKey, sizeBytes, sha256 }: Report): StoredFile => ({
  key: storageKey!,
  sizeBytes: sizeBytes ?? null,
  sha256: sha256 ?? null,
});

/** The windows of a report: the requested ones, or the last hour, day and week. */
export function windowsOf(report: Pick<Report, 'windows' | 'asOf'>): readonly Window[] {
  return (
    report.windows?.map(({ name, from, to }) => ({ name, startMs: Date.parse(from), endMs: Date.parse(to) })) ??
    standardWindows(report.asOf.getTime())
  );
}
