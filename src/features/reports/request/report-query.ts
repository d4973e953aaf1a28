import { readInstant } from '#libs/instant/read-instant.js';
import { TIME_AND_ID, decodeParts, encodePageToken } from '../../../edge/paging/page-token.js';
import { REPORT_STATUSES } from '../record/report.entity.js';
import type { ReportFilter, ReportCursor } from '../record/reports.repository.js';
import { isGiven, readOneOf } from '../../../edge/input/input.js';

/** Selects reports, as decoded by a transport; an absent field matches all. */
export interface ReportQuery {
  readonly status?: unknown;
  /** Text in one of INSTANT_FORMS: created then or later. */
  readonly createdAfter?: unknown;
  /** Text in one of INSTANT_FORMS: created before. */
  readonly createdBefore?: unknown;
  readonly pageToken?: string | undefined;
}

/** The end of 9999-12-31: the latest instant that RFC 3339 can express. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** @throws DomainError invalid_argument */
export function readReportQuery({ status, createdAfter, createdBefore, pageToken }: ReportQuery): ReportFilter {
  const toMs = isGiven(createdBefore) ? readTime('created_before', createdBefore) : undefined;
  const fromMs = isGiven(createdAfter) ? readTime('created_after', createdAfter, toMs) : undefined;
  const cursor = decodeParts(pageToken, TIME_AND_ID);
  return {
    status: readOneOf('status', status, REPORT_STATUSES),
    fromMs,
    toMs,
    after: cursor && { createdAtMs: Number(cursor[0]), id: cursor[1] },
  };
}

export const encodeReportCursor = ({ createdAtMs, id }: ReportCursor): string =>
  encodePageToken(`${createdAtMs} ${id}`);

const readTime = (field: string, value: unknown, latestMs = LATEST_MS): number =>
  readInstant(field, value, latestMs, latestMs === LATEST_MS ? 'is after' : 'is after created_before,');
