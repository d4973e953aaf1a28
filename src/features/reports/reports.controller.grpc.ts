import { Controller, UseFilters } from '@nestjs/common';
import { type Observable, from } from 'rxjs';
import type { Metadata, ServerWritableStream } from '@grpc/grpc-js';
import { DomainError, invalidArgument } from '#libs/errors.js';
import { RequireScope } from '../../edge/access/require-scope.js';
import { currentRequest } from '../../platform/database/request-scope.js';
import * as proto from '../../generated/storewatch/v1/reports_service.js';
import { GrpcErrorFilter } from '../../edge/grpc/grpc-error.filter.js';
import { readPageSize } from '../../edge/paging/page-token.js';
import { instantText } from '../../edge/grpc/proto-timestamp.js';
import { withBackpressure } from '../../edge/grpc/with-backpressure.js';
import { fromRequest, statusText, toMessage } from './report-messages.js';
import { encodeReportCursor, readReportQuery } from './request/report-query.js';
import { ReportRequests } from './request/report-requests.js';
import { ReportWatch } from './report-watch.js';
import { ReportsService } from './reports.service.js';

const CHUNK_BYTES = 64 * 1024;

type DownloadCall = ServerWritableStream<proto.DownloadReportRequest, proto.DownloadReportResponse>;
type WatchCall = ServerWritableStream<proto.WatchReportRequest, proto.WatchReportResponse>;

@Controller()
@UseFilters(GrpcErrorFilter)
@proto.ReportsServiceControllerMethods()
export class ReportsGrpcController implements proto.ReportsServiceController {
  constructor(
    private readonly requests: ReportRequests,
    private readonly reports: ReportsService,
    private readonly watch: ReportWatch,
  ) {}

  @RequireScope('read')
  async triggerReport(request: proto.TriggerReportRequest): Promise<proto.TriggerReportResponse> {
    return {
      report: toMessage(await this.requests.trigger(fromRequest(request), { idempotencyKey: request.requestId })),
    };
  }

  @RequireScope('read')
  async getReport({ reportId }: proto.GetReportRequest): Promise<proto.GetReportResponse> {
    return { report: toMessage(await this.reports.find(reportId)) };
  }

  @RequireScope('read')
  async listReports(request: proto.ListReportsRequest): Promise<proto.ListReportsResponse> {
    const size = readPageSize(request.pageSize);
    const filter = readReportQuery({
      status: statusText(request.status),
      createdAfter: instantText('created_after', request.createdAfter),
      createdBefore: instantText('created_before', request.createdBefore),
      pageToken: request.pageToken,
    });
    const { reports, next } = await this.reports.list(filter, size);
    return { reports: reports.map((report) => toMessage(report)), nextPageToken: next ? encodeReportCursor(next) : '' };
  }

  @RequireScope('read')
  watchReport(
    { reportId }: proto.WatchReportRequest,
    _metadata?: Metadata,
    call?: WatchCall,
  ): Observable<proto.WatchReportResponse> {
    const { signal } = currentRequest()!.abort;
    return from(withBackpressure(this.states(reportId, signal), call!, signal));
  }

  @RequireScope('read')
  downloadReport(
    request: proto.DownloadReportRequest,
    _metadata?: Metadata,
    call?: DownloadCall,
  ): Observable<proto.DownloadReportResponse> {
    return from(withBackpressure(this.pieces(request), call!, currentRequest()!.abort.signal));
  }

  @RequireScope('admin')
  async deleteReport({ reportId }: proto.DeleteReportRequest): Promise<proto.DeleteReportResponse> {
    await this.reports.delete(reportId);
    return {};
  }

  private async *states(reportId: string, signal: AbortSignal): AsyncGenerator<proto.WatchReportResponse> {
    const report = await this.reports.find(reportId);
    yield { report: toMessage(report) };
    for await (const state of this.watch.changes(report, signal)) yield { report: toMessage(state) };
  }

  private async *pieces({
    reportId,
    offset,
  }: proto.DownloadReportRequest): AsyncGenerator<proto.DownloadReportResponse> {
    if (offset < 0) throw invalidArgument('offset', `offset must not be negative, got ${offset}.`);
    const { report, open } = await this.reports.content(reportId);
    const sizeBytes = report.sizeBytes ?? 0;
    if (offset > sizeBytes) {
      throw new DomainError(
        'out_of_range',
        `offset must be at most ${sizeBytes}, the size of the file, got ${offset}.`,
        { field: 'offset' },
      );
    }
    if (offset < sizeBytes) {
      const stream = await open({ start: offset, end: sizeBytes - 1 });
      for await (const data of chunks(stream as AsyncIterable<Buffer>)) yield { data, summary: undefined };
    }
    yield { data: Buffer.alloc(0), summary: { sizeBytes, sha256: report.sha256 ?? '' } };
  }
}

/** The same bytes in chunks of CHUNK_BYTES. */
async function* chunks(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of stream) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let at = 0;
    for (; rest.length - at >= CHUNK_BYTES; at += CHUNK_BYTES) yield rest.subarray(at, at + CHUNK_BYTES);
    rest = rest.subarray(at);
  }
  if (rest.length > 0) yield rest;
}
