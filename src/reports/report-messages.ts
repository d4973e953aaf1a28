import type { Timestamp } from '../generated/google/protobuf/timestamp.js';
import { Basis } from '../generated/storewatch/v1/common.js';
import * as proto from '../generated/storewatch/v1/reports_service.js';
import { instantText, toProtoDuration, toProtoTimestamp } from '../transport/proto-timestamp.js';
import type { ReportAccount } from './report-account.js';
import type { ReportOptions, WindowInput } from './report-options.js';
import { REPORT_STATUSES, type Report, windowsOf } from './report.entity.js';
import { reportMessage } from './reports.dto.js';
import type { ReportSummary } from './reports.repository.js';

const BASES: Partial<Record<Basis, string>> = { [Basis.BASIS_ALL]: 'all', [Basis.BASIS_OBSERVED]: 'observed' };
const FORMATS: Partial<Record<proto.ReportFormat, string>> = {
  [proto.ReportFormat.REPORT_FORMAT_CSV]: 'csv',
  [proto.ReportFormat.REPORT_FORMAT_JSON]: 'json',
  [proto.ReportFormat.REPORT_FORMAT_NDJSON]: 'ndjson',
};

/** A value that was not chosen is 0, an empty list, or absent: null. */
export function fromRequest({ asOf, basis, stores, windows, format }: proto.TriggerReportRequest): ReportOptions {
  return {
    asOf: instantText('as_of', asOf),
    basis: basis === Basis.BASIS_UNSPECIFIED ? undefined : (BASES[basis] ?? String(basis)),
    stores: stores.length === 0 ? undefined : stores,
    windows: windows.length === 0 ? undefined : windows.map(fromWindow),
    format: format === proto.ReportFormat.REPORT_FORMAT_UNSPECIFIED ? undefined : (FORMATS[format] ?? String(format)),
  };
}

const fromWindow = ({ name, duration, from: start, to }: proto.WindowRequest, index: number): WindowInput => ({
  name,
  duration: duration
    ? `${duration.seconds}${duration.nanos === 0 ? '' : `.${String(duration.nanos).padStart(9, '0')}`}s`
    : undefined,
  from: instantText(`windows[${index}].from`, start),
  to: instantText(`windows[${index}].to`, to),
});

const STATUS: Record<Report['status'], proto.ReportStatus> = {
  Running: proto.ReportStatus.REPORT_STATUS_RUNNING,
  Complete: proto.ReportStatus.REPORT_STATUS_COMPLETE,
  Failed: proto.ReportStatus.REPORT_STATUS_FAILED,
  Cancelled: proto.ReportStatus.REPORT_STATUS_CANCELLED,
};

const FORMAT: Record<Report['format'], proto.ReportFormat> = {
  csv: proto.ReportFormat.REPORT_FORMAT_CSV,
  json: proto.ReportFormat.REPORT_FORMAT_JSON,
  ndjson: proto.ReportFormat.REPORT_FORMAT_NDJSON,
};

/** As REST writes it; undefined: any. */
export function statusText(status: proto.ReportStatus): string | undefined {
  if (status === proto.ReportStatus.REPORT_STATUS_UNSPECIFIED) return undefined;
  return REPORT_STATUSES.find((name) => STATUS[name] === status) ?? String(status);
}

export function toMessage(report: ReportSummary & Partial<Pick<Report, 'account'>>): proto.Report {
  const windows = windowsOf(report).map(({ name, startMs, endMs }) => ({
    name,
    from: toProtoTimestamp(startMs),
    to: toProtoTimestamp(endMs),
  }));
  return {
    reportId: report.id,
    status: STATUS[report.status],
    message: reportMessage(report),
    progress: { storesDone: report.storesDone, storesTotal: report.storesTotal ?? 0 },
    asOf: toProtoTimestamp(report.asOf.getTime()),
    basis: report.basis === 'all' ? Basis.BASIS_ALL : Basis.BASIS_OBSERVED,
    format: FORMAT[report.format],
    windows,
    account: report.account ? toAccountMessage(report.account, windows) : undefined,
    createdAt: toProtoTimestamp(report.createdAt.getTime()),
    finishedAt: timeOf(report.finishedAt),
    expiredAt: timeOf(report.expiredAt),
    sizeBytes: report.sizeBytes ?? undefined,
    sha256: report.sha256 ?? undefined,
  };
}

const timeOf = (date: Date | null | undefined): Timestamp | undefined =>
  date ? toProtoTimestamp(date.getTime()) : undefined;

const toAccountMessage = (account: ReportAccount, windows: readonly proto.Window[]): proto.ReportAccount => ({
  pollValidFor: toProtoDuration(account.poll_valid_for_ms),
  tzVersion: account.tz_version,
  stores: account.stores,
  windows: account.windows.map((window, i) => ({
    window: windows[i],
    polls: window.polls,
    storesNeverPolled: window.stores_never_polled,
    storesSilent: window.stores_silent,
    observedShare: window.observed_share ?? undefined,
  })),
});
