import { Body, Controller, Get, HttpCode, Post, Query, StreamableFile } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiBody,
  ApiExtraModels,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { ProblemDto } from '../transport/problem.dto.js';
import {
  ReportStateDto,
  ReportTriggeredDto,
  TriggerReportDto,
  toReportStateDto,
  toReportTriggeredDto,
} from './reports.dto.js';
import { ReportsService } from './reports.service.js';

@ApiTags('reports')
@ApiBadRequestResponse({ type: ProblemDto })
@Controller()
export class ReportsRestController {
  constructor(private readonly reports: ReportsService) {}

  @Post('trigger_report')
  @HttpCode(202)
  @ApiOperation({ operationId: 'triggerReport', summary: 'Start a report; no body is needed' })
  @ApiBody({ type: TriggerReportDto, required: false, examples: { default: { value: {} } } })
  @ApiAcceptedResponse({ type: ReportTriggeredDto })
  async triggerReport(@Body() body: TriggerReportDto): Promise<ReportTriggeredDto> {
    return toReportTriggeredDto(await this.reports.trigger({ asOf: body.as_of, basis: body.basis }));
  }

  @Get('get_report')
  @ApiOperation({ operationId: 'getReport', summary: 'The CSV once the report is complete, until then how far it is' })
  @ApiExtraModels(ReportStateDto)
  @ApiQuery({ name: 'report_id', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({
    description: 'text/csv when complete; JSON while it runs, and when it failed.',
    content: {
      'text/csv': { schema: { type: 'string', format: 'binary' } },
      'application/json': { schema: { $ref: getSchemaPath(ReportStateDto) } },
    },
  })
  @ApiNotFoundResponse({ type: ProblemDto })
  async getReport(@Query('report_id') reportId?: string): Promise<StreamableFile | ReportStateDto> {
    const report = await this.reports.find(reportId);
    if (report.status !== 'Complete') return toReportStateDto(report);
    const { csv } = await this.reports.content(reportId);
    return new StreamableFile(csv, {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="storewatch-report-${report.id}.csv"`,
      ...(typeof report.sizeBytes === 'number' ? { length: report.sizeBytes } : {}),
    });
  }
}
