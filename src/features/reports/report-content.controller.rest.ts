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
  ETag: text('Strong for the stored file; weak when the response is compressed.'),
  'Last-Modified': text('When the report was completed.'),
  'Content-Disposition': text('`attachment` with a file name.'),
  'Accept-Ranges': text('`bytes`, or `none` when the response is compressed.'),
  'Repr-Digest': text('RFC 9530: `sha-256` of the whole file.'),
  Vary: text('`Accept-Encoding`'),
};

const ApiContentErrors = (): MethodDecorator =>
  applyDecorators(
    ApiParam(REPORT_ID),
    ApiHeader({ name: 'If-None-Match', required: false, description: 'ETags of copies that the client already has.' }),
    ApiHeader({ name: 'Accept-Encoding', required: false, description: '`gzip` compresses the response.' }),
    ApiResponse({ status: 304, description: 'The file is unchanged, by If-None-Match or If-Modified-Since.' }),
    ApiNotFoundResponse({ type: ProblemDto, description: 'There is no such report.' }),
    ApiConflictResponse({ type: ProblemDto, description: 'The report is running, failed or cancelled.' }),
    ApiGoneResponse({ type: ProblemDto, description: 'The file has expired.' }),
    ApiPreconditionFailedResponse({
      type: ProblemDto,
      description: 'The file matches no ETag in If-Match, or is newer than If-Unmodified-Since.',
    }),
  );

/** Serves the file of a report as RFC 9110 describes. */
@ApiTags('reports')
@Controller('v1/reports/:report_id/content')
export class ReportContentRestController {
  constructor(private readonly reports: ReportsService) {}

  /** Declared before GET, which would handle HEAD too. */
  @Head()
  @RequireScope('read')
  @ApiOperation({ operationId: 'headReportContent', summary: 'Get the headers of getReportContent without the file' })
  @ApiContentErrors()
  @ApiOkResponse({ description: 'The file exists.', headers: HEADERS })
  async headReportContent(
    @Param('report_id') reportId: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.send(reportId, request, response);
  }

  @Get()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getReportContent', summary: 'Download the file of a complete report, or a part of it' })
  @ApiContentErrors()
  @ApiHeader({ name: 'Range', required: false, description: 'One byte range of the uncompressed file: `bytes=1000-`.' })
  @ApiHeader({ name: 'If-Range', required: false, description: 'The ETag of the partially downloaded file.' })
  @ApiOkResponse({ description: 'The whole file.', content: FILES, headers: HEADERS })
  @ApiResponse({
    status: 206,
    description: 'The requested range.',
    content: FILES,
    headers: { ...HEADERS, 'Content-Range': text('`bytes 1000-1999/2000`') },
  })
  @ApiResponse({
    status: 416,
    type: ProblemDto,
    description: 'The range is beyond the end of the file.',
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
