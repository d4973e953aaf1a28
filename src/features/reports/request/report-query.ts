import { readInstant } from '#libs/instant/read-instant.js';
import { TIME_AND_ID, decodeParts, encodePageToken } from '../../../edge/paging/page-token.js';
import { REPORT_STATUSES } from '../record/report.entity.js';
import type { ReportFilter, ReportPlace } from '../record/reports.repository.js';
import { isGiven, readOneOf } from '../../../edge/input/input.js';

/** Which reports are asked for, as a transport has decoded it; what is absent limits nothing. */
export interface ReportQuery {
  readonly status?: unknown;
  /** Text as INSTANT_FORMS say: created at it or later. */
  readonly createdAfter?: unknown;
  /** Created earlier. */
  readonly createdBefore?: unknown;
  readonly pageToken?: string | undefined;
}

/** 9999-12-31: the last instant that RFC 3339 can write. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** @throws DomainError invalid_argument */
export function readReportQuery({ status, createdAfter, createdBefore, pageToken }: ReportQuery): ReportFilter {
  const toMs = isGiven(createdBefore) ? readTime('created_before', createdBefore) : undefined;
  const fromMs = isGiven(createdAfter) ? readTime('created_after', createdAfter, toMs) : undefined;
  const place = decodeParts(pageToken, TIME_AND_ID);
  return {
    status: readOneOf('status', status, REPORT_STATUSES),
    fromMs,
    toMs,
    after: place && { createdAtMs: Number(place[0]), id: place[1] },
  };
}

export const encodePlace = ({ createdAtMs, id }: ReportPlace): string => encodePageToken(`${createdAtMs} ${id}`);

const readTime = (field: string, value: unknown, latestMs = LATEST_MS): number =>
  readInstant(field, value, latestMs, latestMs === LATEST_MS ? 'is after' : 'is after created_before,');
