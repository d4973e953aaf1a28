import { once } from 'node:events';
import { Controller, UseFilters } from '@nestjs/common';
import type { Metadata, ServerWritableStream } from '@grpc/grpc-js';
import { type Observable, from } from 'rxjs';
import { invalidArgument } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import { Basis } from '../generated/storewatch/v1/common.js';
import * as proto from '../generated/storewatch/v1/reports_service.js';
import { GrpcErrorFilter } from '../transport/grpc-error.filter.js';
import { fromProtoTimestamp, toProtoTimestamp } from '../transport/proto-timestamp.js';
import type { Report } from './report.entity.js';
import { reportMessage } from './reports.dto.js';
import { ReportsService } from './reports.service.js';

@Controller()
@UseFilters(GrpcErrorFilter)
@proto.ReportsServiceControllerMethods()
export class ReportsGrpcController implements proto.ReportsServiceController {
  constructor(private readonly reports: ReportsService) {}

  async triggerReport(request: proto.TriggerReportRequest): Promise<proto.TriggerReportResponse> {
    return { report: toMessage(await this.reports.trigger(fromRequest(request))) };
  }

  async getReport({ reportId }: proto.GetReportRequest): Promise<proto.GetReportResponse> {
    return { report: toMessage(await this.reports.find(reportId)) };
  }

  downloadReport(
    { reportId }: proto.DownloadReportRequest,
    _metadata?: Metadata,
    call?: ServerWritableStream<proto.DownloadReportRequest, proto.DownloadReportResponse>,
  ): Observable<proto.DownloadReportResponse> {
    return from(this.chunks(reportId, call!));
  }

  /** Reads on only when the client has taken what was sent, so that a slow one costs no memory. */
  private async *chunks(
    reportId: string,
    call: ServerWritableStream<proto.DownloadReportRequest, proto.DownloadReportResponse>,
  ): AsyncGenerator<proto.DownloadReportResponse> {
    const { csv } = await this.reports.content(reportId);
    for await (const data of csv as AsyncIterable<Buffer>) {
      yield { data };
      if (call.writableNeedDrain) await Promise.race([once(call, 'drain'), once(call, 'cancelled')]);
      if (call.cancelled) return;
    }
  }
}

function fromRequest({ asOf, basis }: proto.TriggerReportRequest): { asOf?: string; basis?: string } {
  const names: Partial<Record<Basis, string>> = { [Basis.BASIS_ALL]: 'all', [Basis.BASIS_OBSERVED]: 'observed' };
  const asOfMs = asOf ? fromProtoTimestamp(asOf) : undefined; // absent is null here
  if (asOf && asOfMs === undefined) throw invalidArgument('as_of', 'as_of: is beyond all calendars.');
  return {
    ...(asOfMs === undefined ? {} : { asOf: formatInstant(asOfMs) }),
    ...(basis === Basis.BASIS_UNSPECIFIED ? {} : { basis: names[basis] ?? String(basis) }),
  };
}

const STATUS: Record<Report['status'], proto.ReportStatus> = {
  Running: proto.ReportStatus.REPORT_STATUS_RUNNING,
  Complete: proto.ReportStatus.REPORT_STATUS_COMPLETE,
  Failed: proto.ReportStatus.REPORT_STATUS_FAILED,
};

function toMessage(report: Report): proto.Report {
  return {
    reportId: report.id,
    status: STATUS[report.status],
    message: reportMessage(report),
    progress: { storesDone: report.storesDone, storesTotal: report.storesTotal ?? 0 },
    asOf: toProtoTimestamp(report.asOf.getTime()),
    basis: report.basis === 'all' ? Basis.BASIS_ALL : Basis.BASIS_OBSERVED,
  };
}
