import { Controller, Get, Headers, Param, Req, Res } from '@nestjs/common';
import {
  ApiHeader,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { DomainError } from '#libs/errors.js';
import { RequireScope } from '../../edge/access/require-scope.js';
import { Settings } from '../../platform/config/settings.js';
import { currentRequest } from '../../platform/database/request-scope.js';
import { EventStream } from '../../edge/http/event-stream.js';
import { ConcurrencyLimit } from '../../edge/limits/concurrency-limit.js';
import { ProblemDto } from '../../edge/errors/problem.dto.js';
import { REPORT_ID } from './request/report-id.js';
import { ReportWatch, versionOf } from './report-watch.js';
import type { Report } from './record/report.entity.js';
import { toReportEventDto } from './reports.dto.js';
import { ReportsService } from './reports.service.js';

const RETRY_AFTER_SECONDS = 5;

const EVENTS: Record<Report['status'], string> = {
  Running: 'progress',
  Complete: 'complete',
  Failed: 'failed',
  Cancelled: 'cancelled',
};

/** Streams the progress of a report. */
@ApiTags('reports')
@Controller('v1/reports/:report_id/events')
export class ReportEventsRestController {
  private readonly streams: ConcurrencyLimit;

  constructor(
    private readonly reports: ReportsService,
    private readonly watch: ReportWatch,
    { maxStreams }: Settings,
  ) {
    this.streams = new ConcurrencyLimit(maxStreams, 'streams of events', 'MAX_STREAMS', RETRY_AFTER_SECONDS);
  }

  @Get()
  @RequireScope('read')
  @ApiOperation({
    operationId: 'watchReport',
    summary: 'Stream the progress of a report as server-sent events, until it ends',
    description:
      'Sends an event `progress` at once and whenever the progress changes, and finally `complete`, `failed` or `cancelled`. The data of each event is a ReportEventDto.',
  })
  @ApiParam(REPORT_ID)
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last event received, which is not sent again. Browsers send it automatically.',
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @ApiNoContentResponse({ description: 'Last-Event-ID names the final event: do not reconnect.' })
  @ApiNotFoundResponse({ type: ProblemDto, description: 'There is no such report.' })
  async watchReport(
    @Param('report_id') reportId: string,
    @Req() request: Request,
    @Res() response: Response,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    const release = this.streams.tryAcquire();
    try {
      const report = await this.reports.find(reportId);
      const isSeen = versionOf(report) === lastEventId;
      // 204 stops a browser from reconnecting (WHATWG HTML, section 9.2.2).
      if (isSeen && report.status !== 'Running') response.status(204).end();
      else if (request.method === 'HEAD') response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end();
      else await this.stream(report, isSeen, response);
    } finally {
      release();
    }
  }

  private async stream(report: Report, isSeen: boolean, response: Response): Promise<void> {
    const { signal } = currentRequest()!.abort;
    const stream = new EventStream(response, signal);
    const send = (state: Report): Promise<void> =>
      stream.send(EVENTS[state.status], versionOf(state), toReportEventDto(state));
    try {
      if (!isSeen) await send(report);
      for await (const state of this.watch.changes(report, signal)) await send(state);
    } catch (error) {
      // When this process stops, the stream ends and the browser reconnects to another one.
      if (!(error instanceof DomainError)) throw error;
    } finally {
      stream.end();
    }
  }
}
