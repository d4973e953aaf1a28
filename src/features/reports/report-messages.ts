import type { Timestamp } from '../../generated/google/protobuf/timestamp.js';
import { Basis } from '../../generated/storewatch/v1/common.js';
import * as proto from '../../generated/storewatch/v1/reports_service.js';
import { durationText, instantText, toProtoDuration, toProtoTimestamp } from '../../edge/grpc/proto-timestamp.js';
import type { ReportMetadata } from './record/report-metadata.js';
import type { ReportOptions, WindowInput } from './request/report-options.js';
import { type Report, windowsOf } from './record/report.entity.js';
import { reportMessage } from './reports.dto.js';
import type { ReportSummary } from './record/reports.repository.js';
import { type WebhookState, webhookState } from './record/webhook-state.js';

/** An unset field is 0, an empty list, or null. */
export function fromRequest({
  asOf,
  basis,
  stores,
  windows,
  format,
  columns,
  groupBy,
  webhook,
  filter,
}: proto.TriggerReportRequest): ReportOptions {
  return {
    asOf: instantText('as_of', asOf),
    basis: basisText(basis),
    stores: stores.length === 0 ? undefined : stores,
    windows: windows.length === 0 ? undefined : windows.map(fromWindow),
    format: formatText(format),
    columns: columns.length === 0 ? undefined : columns,
    groupBy: groupBy.length === 0 ? undefined : groupBy,
    webhook: webhook ?? undefined,
    filter,
  };
}

const fromWindow = ({ name, duration, from: start, to }: proto.WindowRequest, index: number): WindowInput => ({
  name,
  duration: durationText(duration),
  from: instantText(`windows[${index}].from`, start),
  to: instantText(`windows[${index}].to`, to),
});

const STATUS: Record<Report['status'], proto.ReportStatus> = {
  Running: proto.ReportStatus.REPORT_STATUS_RUNNING,
  Complete: proto.ReportStatus.REPORT_STATUS_COMPLETE,
  Failed: proto.ReportStatus.REPORT_STATUS_FAILED,
  Cancelled: proto.ReportStatus.REPORT_STATUS_CANCELLED,
};

export const BASIS: Record<Report['basis'], Basis> = { all: Basis.BASIS_ALL, observed: Basis.BASIS_OBSERVED };

export const FORMAT: Record<Report['format'], proto.ReportFormat> = {
  csv: proto.ReportFormat.REPORT_FORMAT_CSV,
  json: proto.ReportFormat.REPORT_FORMAT_JSON,
  ndjson: proto.ReportFormat.REPORT_FORMAT_NDJSON,
};

/**
 * The REST name of an enum value. Undefined for 0, unspecified; an unknown number is returned as text, for the error.
 */
function nameIn<Value extends number>(names: Record<string, Value>, value: Value): string | undefined {
  if (value === 0) return undefined;
  return Object.keys(names).find((name) => names[name] === value) ?? String(value);
}

export const basisText = (basis: Basis): string | undefined => nameIn(BASIS, basis);
export const formatText = (format: proto.ReportFormat): string | undefined => nameIn(FORMAT, format);
/** Undefined: any. */
export const statusText = (status: proto.ReportStatus): string | undefined => nameIn(STATUS, status);

export function toMessage(
  report: ReportSummary & Partial<Pick<Report, 'account' | 'columns' | 'groupBy'>>,
): proto.Report {
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
    basis: BASIS[report.basis],
    format: FORMAT[report.format],
    filter: report.filter ?? '',
    windows,
    account: report.account ? toAccountMessage(report.account, windows) : undefined,
    createdAt: toProtoTimestamp(report.createdAt.getTime()),
    finishedAt: timeOf(report.finishedAt),
    expiredAt: timeOf(report.expiredAt),
    sizeBytes: report.sizeBytes ?? undefined,
    sha256: report.sha256 ?? undefined,
    columns: [...(report.columns ?? [])],
    groupBy: [...(report.groupBy ?? [])],
    webhook: toWebhookMessage(report),
  };
}

const WEBHOOK_STATE: Record<WebhookState['state'], proto.WebhookState> = {
  Waiting: proto.WebhookState.WEBHOOK_STATE_WAITING,
  Delivered: proto.WebhookState.WEBHOOK_STATE_DELIVERED,
  GivenUp: proto.WebhookState.WEBHOOK_STATE_GIVEN_UP,
};

function toWebhookMessage(report: ReportSummary): proto.WebhookDelivery | undefined {
  const webhook = webhookState(report);
  return (
    webhook && {
      host: webhook.host,
      state: WEBHOOK_STATE[webhook.state],
      attempts: webhook.attempts,
      lastStatus: webhook.last_status ?? undefined,
      lastError: webhook.last_error ?? '',
      lastAttemptAt: timeOf(report.webhookAttemptedAt),
      nextAttemptAt: timeOf(report.webhookNextAt),
    }
  );
}

const timeOf = (date: Date | null | undefined): Timestamp | undefined =>
  date ? toProtoTimestamp(date.getTime()) : undefined;

const toAccountMessage = (account: ReportMetadata, windows: readonly proto.Window[]): proto.ReportAccount => ({
  pollValidFor: toProtoDuration(account.poll_valid_for_ms),
  tzVersion: account.tz_version,
  stores: account.stores,
  filter: account.filter ?? '',
  windows: account.windows.map((window, i) => ({
    window: windows[i],
    polls: window.polls,
    storesNeverPolled: window.stores_never_polled,
    storesSilent: window.stores_silent,
    observedShare: window.observed_share ?? undefined,
  })),
});
