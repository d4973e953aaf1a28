import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  Req,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { DomainError, quoteValue } from '#libs/errors.js';
import { RequireScope } from '../../edge/access/require-scope.js';
import { Settings } from '../../platform/config/settings.js';
import { SAMPLE_IMPORT_ID, SAMPLE_STORE_ID } from '../../sample-data/examples.js';
import { TIME_AND_ID, decodeParts, encodePageToken, readPageSize } from '../../edge/paging/page-token.js';
import { ProblemDto } from '../../edge/errors/problem.dto.js';
import { inTurns } from '../../edge/limits/in-turns.js';
import { checkFileType } from './file-type.js';
import { atMost } from './files/decompressed.js';
import type { FileKind } from '#libs/file-kind.js';
import { IMPORT_STATUSES } from './imports/import.entity.js';
import { Importer } from './imports/importer.js';
import { ImportsService } from './imports/imports.service.js';
import {
  ImportDto,
  ImportPageDto,
  IngestPollsDto,
  IngestResultDto,
  fromPollDto,
  toImportDto,
  toIngestResultDto,
} from './ingestion.dto.js';
import { PollsService } from '../polls/polls.service.js';
import { rejectsCsv } from './imports/rejects-csv.js';
import { readOneOf } from '../../edge/input/input.js';
import { ApiPage } from '../../edge/paging/api-page.js';

const REJECTS = 'line,reason,raw_row\n3,"timestamp_utc: ""yesterday"" is not a timestamp","a,active,yesterday"\n';

const CsvBody =
  (example: string): MethodDecorator =>
  (target, key, descriptor) => {
    ApiConsumes('text/csv')(target, key, descriptor);
    ApiHeader({ name: 'Content-Encoding', required: false, schema: { type: 'string', enum: ['gzip'] } })(
      target,
      key,
      descriptor,
    );
    ApiQuery({
      name: 'strict',
      required: false,
      schema: { type: 'boolean' },
      description: 'true: a single rejected row fails the whole file, and no row is written. Default: STRICT_IMPORTS.',
    })(target, key, descriptor);
    ApiBody({ required: true, schema: { type: 'string', example } })(target, key, descriptor);
    ApiCreatedResponse({ type: ImportDto })(target, key, descriptor);
    ApiUnprocessableEntityResponse({
      type: ProblemDto,
      description: 'No row was written. `import` holds the import with its counts.',
    })(target, key, descriptor);
  };

const IMPORT_ID = { name: 'import_id', schema: { type: 'string', format: 'uuid', example: SAMPLE_IMPORT_ID } } as const;
const NO_IMPORT = { type: ProblemDto, description: 'There is no such import.' } as const;

/** @throws DomainError invalid_argument */
function readFlag(name: string, value: string | undefined): boolean | undefined {
  const flag = readOneOf(name, value, ['true', 'false']);
  return flag && flag === 'true';
}

const uuid = (): ParseUUIDPipe =>
  new ParseUUIDPipe({
    exceptionFactory: () =>
      new DomainError('invalid_argument', 'import_id must be the UUID that the import returned.', {
        field: 'import_id',
      }),
  });

@ApiTags('ingestion')
@Controller('v1')
export class IngestionRestController {
  constructor(
    private readonly polls: PollsService,
    private readonly importer: Importer,
    private readonly imports: ImportsService,
    private readonly settings: Settings,
  ) {}

  @Post('polls')
  @RequireScope('ingest')
  @HttpCode(200)
  @ApiOperation({ operationId: 'ingestPolls', summary: 'Ingest a batch of polls and report the rejected ones' })
  @ApiOkResponse({ type: IngestResultDto })
  async ingestPolls(@Body() body: IngestPollsDto): Promise<IngestResultDto> {
    return toIngestResultDto(await this.polls.ingest(await inTurns(body.polls, fromPollDto), 'rest'));
  }

  @Post('imports/store_status')
  @RequireScope('ingest')
  @ApiOperation({ operationId: 'importStoreStatus', summary: 'Import store_status.csv: polls' })
  @CsvBody(`store_id,status,timestamp_utc\n${SAMPLE_STORE_ID},active,2026-01-12 15:14:39.388884 UTC\n`)
  importStoreStatus(@Req() request: IncomingMessage, @Query('strict') strict?: string): Promise<ImportDto> {
    return this.import('store_status', request, strict);
  }

  @Post('imports/business_hours')
  @RequireScope('ingest')
  @ApiOperation({
    operationId: 'importBusinessHours',
    summary: 'Import business_hours.csv: replaces the week of every store in it',
  })
  @CsvBody(`store_id,dayOfWeek,start_time_local,end_time_local\n${SAMPLE_STORE_ID},0,09:00:00,17:30:00\n`)
  importBusinessHours(@Req() request: IncomingMessage, @Query('strict') strict?: string): Promise<ImportDto> {
    return this.import('business_hours', request, strict);
  }

  @Post('imports/store_timezones')
  @RequireScope('ingest')
  @ApiOperation({
    operationId: 'importStoreTimezones',
    summary: 'Import store_timezones.csv: sets the timezone of every store in it',
  })
  @CsvBody(`store_id,timezone_str\n${SAMPLE_STORE_ID},America/New_York\n`)
  importStoreTimezones(@Req() request: IncomingMessage, @Query('strict') strict?: string): Promise<ImportDto> {
    return this.import('store_timezones', request, strict);
  }

  @Post('imports/special_hours')
  @RequireScope('ingest')
  @ApiOperation({
    operationId: 'importSpecialHours',
    summary: 'Import special_hours.csv: replaces the openings of every store and local date in it',
  })
  @CsvBody(
    'store_id,date,start_time_local,end_time_local\n' +
      `${SAMPLE_STORE_ID},2026-12-24,09:00:00,14:00:00\n${SAMPLE_STORE_ID},2026-12-25,,\n`,
  )
  importSpecialHours(@Req() request: IncomingMessage, @Query('strict') strict?: string): Promise<ImportDto> {
    return this.import('special_hours', request, strict);
  }

  @Post('imports/store_life')
  @RequireScope('ingest')
  @ApiOperation({
    operationId: 'importStoreLife',
    summary: 'Import store_life.csv: sets the first and last local date of every store in it',
  })
  @CsvBody(`store_id,opened_on,closed_on\n${SAMPLE_STORE_ID},2026-03-04,\n`)
  importStoreLife(@Req() request: IncomingMessage, @Query('strict') strict?: string): Promise<ImportDto> {
    return this.import('store_life', request, strict);
  }

  @Post('imports/stores')
  @RequireScope('ingest')
  @ApiOperation({
    operationId: 'importStores',
    summary: 'Import stores.csv: sets the name and tags of every store in it',
  })
  @ApiQuery({
    name: 'replace_tags',
    required: false,
    schema: { type: 'boolean' },
    description: 'true: removes tags that the file has no column for from every store in it. Default: false.',
  })
  @CsvBody(`store_id,name,region,brand\n${SAMPLE_STORE_ID},Corner Shop,North,Corner\n`)
  importStores(
    @Req() request: IncomingMessage,
    @Query('strict') strict?: string,
    @Query('replace_tags') replaceTags?: string,
  ): Promise<ImportDto> {
    return this.import('stores', request, strict, readFlag('replace_tags', replaceTags));
  }

  @Get('imports')
  @RequireScope('read')
  @ApiOperation({ operationId: 'listImports', summary: 'List imports, newest first' })
  @ApiQuery({ name: 'status', required: false, schema: { type: 'string', enum: [...IMPORT_STATUSES] } })
  @ApiPage()
  @ApiOkResponse({ type: ImportPageDto })
  async listImports(@Query() query: Record<string, string | undefined>): Promise<ImportPageDto> {
    const [startedAt, id] = decodeParts(query.page_token, TIME_AND_ID) ?? [];
    const after = startedAt === undefined || id === undefined ? undefined : { startedAtMs: Number(startedAt), id };
    const { imports, next } = await this.imports.list(
      { status: readOneOf('status', query.status, IMPORT_STATUSES), after },
      readPageSize(query.page_size),
    );
    return {
      imports: imports.map(toImportDto),
      next_page_token: next ? encodePageToken(`${next.startedAtMs} ${next.id}`) : null,
    };
  }

  @Get('imports/:import_id')
  @RequireScope('read')
  @ApiOperation({ operationId: 'getImport', summary: 'Get an import: its state, counts and reject reasons' })
  @ApiOkResponse({ type: ImportDto })
  @ApiParam(IMPORT_ID)
  @ApiNotFoundResponse(NO_IMPORT)
  async getImport(@Param('import_id', uuid()) id: string): Promise<ImportDto> {
    return toImportDto(await this.imports.find(id));
  }

  @Get('imports/:import_id/rejects')
  @RequireScope('read')
  @ApiOperation({ operationId: 'getImportRejects', summary: 'Download the rejected rows as a CSV' })
  @ApiOkResponse({ content: { 'text/csv': { schema: { type: 'string', format: 'binary', example: REJECTS } } } })
  @ApiParam(IMPORT_ID)
  @ApiNotFoundResponse(NO_IMPORT)
  async getImportRejects(@Param('import_id', uuid()) id: string): Promise<StreamableFile> {
    await this.imports.find(id);
    return new StreamableFile(Readable.from(rejectsCsv(this.imports.rejects(id)), { objectMode: false }), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="rejects-${id}.csv"`,
    });
  }

  /** Streams the body as the file. gzip is recognised by its first bytes. */
  private async import(
    kind: FileKind,
    request: IncomingMessage,
    strictText: string | undefined,
    replaceTags?: boolean,
  ): Promise<ImportDto> {
    const strict = readFlag('strict', strictText);
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (!['gzip', 'x-gzip', 'identity'].includes(encoding)) {
      throw new DomainError('unsupported', `Content-Encoding must be gzip or absent, got ${quoteValue(encoding)}.`);
    }
    checkFileType(request.headers['content-type']);
    const file = Readable.from(atMost(request, this.settings.maxUploadBytes), { objectMode: false });
    const ended = await this.importer.importFile(kind, 'request', file, { strict, replaceTags });
    const record = toImportDto(ended);
    if (record.error === null) return record;
    throw new DomainError(ended.failureCode ?? 'invalid_argument', record.error, { details: { import: record } });
  }
}
