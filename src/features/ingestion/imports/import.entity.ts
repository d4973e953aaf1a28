import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import type { FileKind } from '#libs/file-kind.js';
import type { RejectReason } from './reject-reasons.js';

export const IMPORT_STATUSES = ['Running', 'Complete', 'Failed'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

export const Import = defineEntity({
  name: 'Import',
  tableName: 'import',
  properties: {
    id: p.uuid().primary(),
    kind: p.text().$type<FileKind>(),
    /** Where the rows came from: a file's path, or `request`. */
    source: p.text(),
    /** The filter of the API key that made it; null: a key without a filter. */
    limitedTo: p.text().nullable(),
    status: p.text().$type<ImportStatus>(),
    /** Data rows read, without the header: accepted + duplicate + rejected. */
    readRows: p.integer().default(0),
    /** Rows that were new or changed something. */
    acceptedRows: p.integer().default(0),
    /** Rows that changed nothing, or that a later row of the file replaces. */
    duplicateRows: p.integer().default(0),
    rejectedRows: p.integer().default(0),
    /** Why rows were rejected, the most frequent reasons first. */
    rejectReasons: p.json().$type<readonly RejectReason[]>(),
    /** Unexpected consequences, one sentence each. */
    warnings: p.json().$type<readonly string[]>(),
    /** Why the import stopped before the end of its file, or why no row was written. */
    error: p.text().nullable(),
    startedAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
  },
});
export type Import = InferEntity<typeof Import>;
