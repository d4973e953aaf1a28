import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import type { Basis } from '#libs/uptime/breakdown.js';
import { type Window, standardWindows } from '#libs/uptime/windows.js';
import type { StoredFile } from '../../../platform/storage/checked.js';
import type { ReportMetadata } from './report-metadata.js';

export const REPORT_STATUSES = ['Running', 'Complete', 'Failed', 'Cancelled'] as const;
export type ReportStatus = (typeof REPORT_STATUSES)[number];

export const REPORT_FORMATS = ['csv', 'json', 'ndjson'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** A window as it was asked for, its ends in RFC 3339. */
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
    /** null: the last hour, day and week. */
    windows: p.json().$type<readonly StoredWindow[]>().nullable(),
    storesDone: p.integer().default(0),
    storesTotal: p.integer().nullable(),
    storageKey: p.text().nullable(),
    sizeBytes: p.bigint('number').nullable(),
    /** Of the file's bytes, in hex; null for reports made before it was kept. */
    sha256: p.text().nullable(),
    /** When its files were removed because of their age; null: they are there, if it is complete. */
    expiredAt: p.datetime().nullable(),
    account: p.json().columnType('json').$type<ReportMetadata>().nullable(),
    accountKey: p.text().nullable(),
    error: p.text().nullable(),
    /** How often it was begun to be made; what an earlier attempt says does not count any more. */
    attempt: p.integer().default(0),
    /** What the client named its request with, so that a repeat of it is the same report. */
    idempotencyKey: p.text().nullable(),
    /** SHA-256 of what was asked for with that key. */
    requestDigest: p.text().nullable(),
    /** Called when it has ended; null: nobody is. */
    webhookUrl: p.text().nullable(),
    webhookAttempts: p.integer().default(0),
    /** HTTP status of the last attempt; null: there was none. */
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

/** What the storage keys of all files of a report begin with. */
export const filesOf = ({ id, createdAt }: Pick<Report, 'id' | 'createdAt'>): string =>
  `reports/${createdAt.toISOString().slice(0, 10)}/${id}`;

/** The file of a complete report, as it was stored. */
export const storedFile = ({ storageKey, sizeBytes, sha256 }: Report): StoredFile => ({
  key: storageKey!,
  sizeBytes: sizeBytes ?? null,
  sha256: sha256 ?? null,
});

/** The windows of a report: those that it was asked for, or the last hour, day and week. */
export function windowsOf(report: Pick<Report, 'windows' | 'asOf'>): readonly Window[] {
  return (
    report.windows?.map(({ name, from, to }) => ({ name, startMs: Date.parse(from), endMs: Date.parse(to) })) ??
    standardWindows(report.asOf.getTime())
  );
}
