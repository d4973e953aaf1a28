import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import type { Basis } from '#libs/uptime/parts.js';

export const REPORT_STATUSES = ['Running', 'Complete', 'Failed'] as const;
export type ReportStatus = (typeof REPORT_STATUSES)[number];

export const Report = defineEntity({
  name: 'Report',
  tableName: 'report',
  properties: {
    id: p.uuid().primary(),
    status: p.text().$type<ReportStatus>(),
    asOf: p.datetime(),
    basis: p.text().$type<Basis>(),
    storesDone: p.integer().default(0),
    storesTotal: p.integer().nullable(),
    storageKey: p.text().nullable(),
    sizeBytes: p.bigint('number').nullable(),
    error: p.text().nullable(),
    createdAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
  },
});
export type Report = InferEntity<typeof Report>;
