import { Controller, Get, Head, Param, Req, Res, applyDecorators } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiGoneResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiPreconditionFailedResponse,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { RequireScope } from '../../edge/access/require-scope.js';
import { sendContent } from '../../edge/http/http-content.js';
import { ProblemDto } from '../../edge/errors/problem.dto.js';
import { REPORT_ID } from './request/report-id.js';
import { ReportsService } from './reports.service.js';

const FILE = { schema: { type: 'string', format: 'binary' } } as const;
const FILES = { 'text/csv': FILE, 'application/json': FILE, 'application/x-ndjson': FILE };
const text = (description: string) => ({ description, schema: { type: 'string' } }) as const;

const HEADERS = {
  ETag: text('Strong, of the file as it is; weak, when it is packed on the way.'),
  'Last-Modified': text('When the report was complete.'),
  'Content-Disposition': text('`attachment` with a file name.'),
  'Accept-Ranges': text('`bytes`, or `none` when it is packed on the way.'),
  'Repr-Digest': text('RFC 9530: `sha-256` of the whole file.'),
  Vary: text('`Accept-Encoding`'),
};

const ApiContentErrors = (): MethodDecorator =>
  applyDecorators(
    ApiParam(REPORT_ID),
    ApiHeader({ name: 'If-None-Match', required: false, description: 'ETags of what is there already.' }),
    ApiHeader({ name: 'Accept-Encoding', required: false, description: '`gzip` packs the file on the way.' }),
    ApiResponse({ status: 304, description: 'It is one that If-None-Match or If-Modified-Since names.' }),
    ApiNotFoundResponse({ type: ProblemDto, description: 'There is no such report.' }),
    ApiConflictResponse({ type: ProblemDto, description: 'It still runs, has failed or was cancelled.' }),
    ApiGoneResponse({ type: ProblemDto, description: 'Its file was removed because of its age.' }),
    ApiPreconditionFailedResponse({
      type: ProblemDto,
      description: 'It is none that If-Match names, or newer than If-Unmodified-Since.',
    }),
  );

/** The file of a report, by RFC 9110. */
@ApiTags('reports')
@Controller('v1/reports/:report_id/content')
export class ReportContentRestController {
  constructor(private readonly reports: ReportsService) {}

  /** Before GET, which would take HEAD too. */
  @Head()
  @RequireScope('read')
  @ApiOperation({ operationId: 'headReportContent', summary: 'What getReportContent would answer, without the file' })
  @ApiContentErrors()
  @ApiOkResponse({ description: 'There is a file.', headers: HEADERS })
  async headReportContent(
    @Param('report_id') reportId: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.send(reportId, request, response);
  }

  @Get()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getReportContent', summary: 'The file of a complete report, or a part of it' })
  @ApiContentErrors()
  @ApiHeader({ name: 'Range', required: false, description: 'One range of bytes of the file as it is: `bytes=1000-`.' })
  @ApiHeader({ name: 'If-Range', required: false, description: 'The ETag of the file that is to be continued.' })
  @ApiOkResponse({ description: 'The whole file.', content: FILES, headers: HEADERS })
  @ApiResponse({
    status: 206,
    description: 'The part that Range asks for.',
    content: FILES,
    headers: { ...HEADERS, 'Content-Range': text('`bytes 1000-1999/2000`') },
  })
  @ApiResponse({
    status: 416,
    type: ProblemDto,
    description: 'Range asks for none of its bytes.',
    headers: { 'Content-Range': text('`bytes */2000`') },
  })
  async getReportContent(
    @Param('report_id') reportId: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.send(reportId, request, response);
  }

  private async send(reportId: string, request: Request, response: Response): Promise<void> {
    const { report, ...file } = await this.reports.content(reportId);
    await sendContent(request, response, {
      ...file,
      modifiedAt: report.finishedAt ?? report.createdAt,
      sizeBytes: report.sizeBytes ?? null,
      sha256: report.sha256 ?? null,
    });
  }
}
