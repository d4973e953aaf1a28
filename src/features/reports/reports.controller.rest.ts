import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
  ApiUnprocessableEntityResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { RequireScope } from '../../edge/access/require-scope.js';
import { notFound } from '#libs/errors.js';
import { Settings } from '../../platform/config/settings.js';
import { readPageSize } from '../../edge/paging/page-token.js';
import { ProblemDto } from '../../edge/errors/problem.dto.js';
import { REPORT_ID } from './request/report-id.js';
import { encodeReportCursor, readReportQuery } from './request/report-query.js';
import { REPORT_STATUSES, type Report } from './record/report.entity.js';
import { CreateReportDto, TriggerReportDto } from './report-request.dto.js';
import {
  ReportDto,
  ReportPageDto,
  ReportStateDto,
  ReportTriggeredDto,
  toReportDto,
  toReportStateDto,
  toReportSummaryDto,
  toReportTriggeredDto,
} from './reports.dto.js';
import { COMPLETE_REPORT, CREATED_REPORT, REPORT_CSV, STATE, TRIGGERED } from './report-examples.js';
import { ReportRequests } from './request/report-requests.js';
import { type ReportContent, ReportsService } from './reports.service.js';
import { ApiPage } from '../../edge/paging/api-page.js';

const NO_REPORT = { type: ProblemDto, description: 'There is no such report.' } as const;
/** draft-ietf-httpapi-idempotency-key-header */
const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'Your own key of up to 255 characters, such as a UUID. A repeated request with it returns the same report.',
} as const;
const KEY_REUSED = { type: ProblemDto, description: 'The Idempotency-Key belongs to a different request.' } as const;
const TIME = { required: false, schema: { type: 'string', format: 'date-time' } } as const;
const RETRY_AFTER_SECONDS = 1;
const RETRY_AFTER = {
  'Retry-After': {
    description: 'Seconds to wait before the next request, while the report is running.',
    schema: { type: 'integer' },
  },
} as const;
const FILE = { schema: { type: 'string', format: 'binary' } } as const;
const CSV_FILE = { schema: { type: 'string', format: 'binary', example: REPORT_CSV } } as const;

@ApiTags('reports')
@Controller()
export class ReportsRestController {
  constructor(
    private readonly requests: ReportRequests,
    private readonly reports: ReportsService,
    private readonly settings: Settings,
  ) {}

  @Post('trigger_report')
  @RequireScope('read')
  @HttpCode(202)
  @ApiOperation({ operationId: 'triggerReport', summary: 'Start a report; the body is optional' })
  @ApiBody({ type: TriggerReportDto, required: false, examples: { default: { value: {} } } })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiAcceptedResponse({ type: ReportTriggeredDto, example: TRIGGERED })
  @ApiUnprocessableEntityResponse(KEY_REUSED)
  async triggerReport(
    @Body() { as_of: asOf, basis }: TriggerReportDto,
    @Headers('idempotency-key') idempotencyKey?: string,
  ): Promise<ReportTriggeredDto> {
    return toReportTriggeredDto(await this.requests.trigger({ asOf, basis }, { idempotencyKey }));
  }

  @Get('get_report')
  @RequireScope('read')
  @ApiOperation({
    operationId: 'getReport',
    summary: 'Get the CSV of a complete report, or the progress of a running one',
  })
  @ApiExtraModels(ReportStateDto)
  @ApiQuery(REPORT_ID)
  @ApiOkResponse({
    description:
      'text/csv when the report is complete (or the format requested at /v1/reports); JSON while it is running and when it failed.',
    content: {
      'text/csv': CSV_FILE,
      'application/x-ndjson': FILE,
      'application/json': { schema: { $ref: getSchemaPath(ReportStateDto) }, example: STATE },
    },
  })
  @ApiNotFoundResponse(NO_REPORT)
  async getReport(@Query('report_id') reportId?: string): Promise<StreamableFile | ReportStateDto> {
    const report = await this.reports.find(reportId);
    if (report.expiredAt) throw notFound(`The file of the report ${report.id} is no longer in the storage.`);
    return report.status === 'Complete' ? toFile(this.reports.contentOf(report)) : toReportStateDto(report);
  }

  @Post('v1/reports')
  @RequireScope('read')
  @HttpCode(202)
  @ApiOperation({ operationId: 'createReport', summary: 'Start a report for any stores and windows, as CSV or JSON' })
  @ApiBody({
    type: CreateReportDto,
    required: false,
    examples: {
      default: { summary: 'All stores, last hour, day and week', value: {} },
      windows: {
        summary: 'Custom windows, as JSON',
        value: { windows: [{ name: 'last_3_days', duration: '3d' }], format: 'json' },
      },
    },
  })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiAcceptedResponse({
    type: ReportDto,
    headers: { Location: { schema: { type: 'string' } }, ...RETRY_AFTER },
    example: CREATED_REPORT,
  })
  @ApiUnprocessableEntityResponse(KEY_REUSED)
  async createReport(
    @Body() { as_of: asOf, group_by: groupBy, ...options }: CreateReportDto,
    @Res({ passthrough: true }) response: Response,
    @Headers('idempotency-key') idempotencyKey?: string,
  ): Promise<ReportDto> {
    const report = await this.requests.trigger({ asOf, groupBy, ...options }, { idempotencyKey });
    response.location(this.settings.linkTo(`/v1/reports/${report.id}`));
    setRetryAfter(response, report);
    return toReportDto(report);
  }

  @Get('v1/reports')
  @RequireScope('read')
  @ApiOperation({ operationId: 'listReports', summary: 'List reports, newest first' })
  @ApiQuery({ name: 'status', required: false, schema: { type: 'string', enum: [...REPORT_STATUSES] } })
  @ApiQuery({ ...TIME, name: 'created_after', description: 'Only reports created at this time or later.' })
  @ApiQuery({ ...TIME, name: 'created_before', description: 'Only reports created before this time.' })
  @ApiPage()
  @ApiOkResponse({ type: ReportPageDto })
  async listReports(@Query() query: Record<string, string | undefined>): Promise<ReportPageDto> {
    const filter = readReportQuery({
      status: query.status,
      createdAfter: query.created_after,
      createdBefore: query.created_before,
      pageToken: query.page_token,
    });
    const { reports, next } = await this.reports.list(filter, readPageSize(query.page_size));
    return { reports: reports.map(toReportSummaryDto), next_page_token: next ? encodeReportCursor(next) : null };
  }

  @Get('v1/reports/:report_id')
  @RequireScope('read')
  @ApiOperation({ operationId: 'describeReport', summary: 'Get a report: its options, progress and metadata' })
  @ApiParam(REPORT_ID)
  @ApiOkResponse({ type: ReportDto, headers: RETRY_AFTER, example: COMPLETE_REPORT })
  @ApiNotFoundResponse(NO_REPORT)
  async describeReport(
    @Param('report_id') reportId: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ReportDto> {
    const report = await this.reports.find(reportId);
    setRetryAfter(response, report);
    return toReportDto(report);
  }

  @Delete('v1/reports/:report_id')
  @RequireScope('admin')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteReport',
    summary: 'Cancel a running report, or delete an ended one with its file',
    description:
      'A cancelled report stays in the list as Cancelled; deleting it again changes nothing. A deleted report is no longer found.',
  })
  @ApiParam(REPORT_ID)
  @ApiNoContentResponse({ description: 'The report is cancelled or deleted.' })
  @ApiNotFoundResponse({ type: ProblemDto, description: 'There is no such report, or it was deleted.' })
  async deleteReport(@Param('report_id') reportId: string): Promise<void> {
    await this.reports.delete(reportId);
  }
}

/** RFC 9110, 10.2.3: the delay before asking for a running report again. */
function setRetryAfter(response: Response, { status }: Report): void {
  if (status === 'Running') response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
}

async function toFile({ report, open, contentType, fileName }: ReportContent): Promise<StreamableFile> {
  return new StreamableFile(await open(), {
    type: contentType,
    disposition: `attachment; filename="${fileName}"`,
    ...(typeof report.sizeBytes === 'number' ? { length: report.sizeBytes } : {}),
  });
}
