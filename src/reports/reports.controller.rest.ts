import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res, StreamableFile } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConflictResponse,
  ApiExtraModels,
  ApiHeader,
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
import { Needs } from '../access/scope.js';
import { SAMPLE_REPORT_ID } from '../sample-data/examples.js';
import { ProblemDto } from '../transport/problem.dto.js';
import {
  CreateReportDto,
  ReportDto,
  ReportStateDto,
  ReportTriggeredDto,
  TriggerReportDto,
  toReportDto,
  toReportStateDto,
  toReportTriggeredDto,
} from './reports.dto.js';
import { COMPLETE_REPORT, CREATED_REPORT, REPORT_CSV, STATE, TRIGGERED } from './report-examples.js';
import { ReportRequests } from './report-requests.js';
import { type ReportContent, ReportsService } from './reports.service.js';

const REPORT_ID = {
  name: 'report_id',
  schema: { type: 'string', format: 'uuid', example: SAMPLE_REPORT_ID },
} as const;
const NO_REPORT = { type: ProblemDto, description: 'There is no such report.' } as const;
/** draft-ietf-httpapi-idempotency-key-header */
const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Up to 255 characters of your own, such as a UUID: a repeated request with it is the same report.',
} as const;
const KEY_REUSED = { type: ProblemDto, description: 'The Idempotency-Key belongs to another request.' } as const;
const FILE = { schema: { type: 'string', format: 'binary' } } as const;
const CSV_FILE = { schema: { type: 'string', format: 'binary', example: REPORT_CSV } } as const;

@ApiTags('reports')
@Controller()
export class ReportsRestController {
  constructor(
    private readonly requests: ReportRequests,
    private readonly reports: ReportsService,
  ) {}

  @Post('trigger_report')
  @Needs('read')
  @HttpCode(202)
  @ApiOperation({ operationId: 'triggerReport', summary: 'Start a report; no body is needed' })
  @ApiBody({ type: TriggerReportDto, required: false, examples: { default: { value: {} } } })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiAcceptedResponse({ type: ReportTriggeredDto, example: TRIGGERED })
  @ApiUnprocessableEntityResponse(KEY_REUSED)
  async triggerReport(
    @Body() { as_of: asOf, basis }: TriggerReportDto,
    @Headers('idempotency-key') idempotencyKey?: string,
  ): Promise<ReportTriggeredDto> {
    return toReportTriggeredDto(await this.requests.trigger({ asOf, basis }, idempotencyKey));
  }

  @Get('get_report')
  @Needs('read')
  @ApiOperation({ operationId: 'getReport', summary: 'The CSV once the report is complete, until then how far it is' })
  @ApiExtraModels(ReportStateDto)
  @ApiQuery(REPORT_ID)
  @ApiOkResponse({
    description:
      'text/csv when complete (or the format asked for at /v1/reports); JSON while it runs, and when it failed.',
    content: {
      'text/csv': CSV_FILE,
      'application/x-ndjson': FILE,
      'application/json': { schema: { $ref: getSchemaPath(ReportStateDto) }, example: STATE },
    },
  })
  @ApiNotFoundResponse(NO_REPORT)
  async getReport(@Query('report_id') reportId?: string): Promise<StreamableFile | ReportStateDto> {
    const report = await this.reports.find(reportId);
    return report.status === 'Complete' ? toFile(await this.reports.content(reportId)) : toReportStateDto(report);
  }

  @Post('v1/reports')
  @Needs('read')
  @HttpCode(202)
  @ApiOperation({ operationId: 'createReport', summary: 'Start a report of any stores and windows, as CSV or JSON' })
  @ApiBody({
    type: CreateReportDto,
    required: false,
    examples: {
      default: { summary: 'All stores, last hour, day and week', value: {} },
      windows: {
        summary: 'Windows of your own, as JSON',
        value: { windows: [{ name: 'last_3_days', duration: '3d' }], format: 'json' },
      },
    },
  })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiAcceptedResponse({
    type: ReportDto,
    headers: { Location: { schema: { type: 'string' } } },
    example: CREATED_REPORT,
  })
  @ApiUnprocessableEntityResponse(KEY_REUSED)
  async createReport(
    @Body() { as_of: asOf, ...options }: CreateReportDto,
    @Res({ passthrough: true }) response: Response,
    @Headers('idempotency-key') idempotencyKey?: string,
  ): Promise<ReportDto> {
    const report = await this.requests.trigger({ asOf, ...options }, idempotencyKey);
    response.location(`/v1/reports/${report.id}`);
    return toReportDto(report);
  }

  @Get('v1/reports/:report_id')
  @Needs('read')
  @ApiOperation({ operationId: 'describeReport', summary: 'A report: its options, how far it is, what it rests on' })
  @ApiParam(REPORT_ID)
  @ApiOkResponse({ type: ReportDto, example: COMPLETE_REPORT })
  @ApiNotFoundResponse(NO_REPORT)
  async describeReport(@Param('report_id') reportId: string): Promise<ReportDto> {
    return toReportDto(await this.reports.find(reportId));
  }

  @Get('v1/reports/:report_id/content')
  @Needs('read')
  @ApiOperation({ operationId: 'getReportContent', summary: 'The file of a complete report' })
  @ApiParam(REPORT_ID)
  @ApiOkResponse({ content: { 'text/csv': CSV_FILE, 'application/json': FILE, 'application/x-ndjson': FILE } })
  @ApiNotFoundResponse(NO_REPORT)
  @ApiConflictResponse({ type: ProblemDto, description: 'It is not complete.' })
  async getReportContent(@Param('report_id') reportId: string): Promise<StreamableFile> {
    return toFile(await this.reports.content(reportId));
  }
}

const toFile = ({ report, stream, contentType, fileName }: ReportContent): StreamableFile =>
  new StreamableFile(stream, {
    type: contentType,
    disposition: `attachment; filename="${fileName}"`,
    ...(typeof report.sizeBytes === 'number' ? { length: report.sizeBytes } : {}),
  });
