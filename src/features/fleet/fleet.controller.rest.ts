import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { DomainError } from '#libs/errors.js';
import { RequireScope } from '../../edge/access/require-scope.js';
import { Settings } from '../../platform/config/settings.js';
import { currentRequest } from '../../platform/database/request-scope.js';
import { EventStream } from '../../edge/http/event-stream.js';
import { ConcurrencyLimit } from '../../edge/limits/concurrency-limit.js';
import { FleetSummaryDto, HeatmapDto, toFleetSummaryDto, toHeatmapDto } from './fleet.dto.js';
import { BASES } from '#libs/uptime/breakdown.js';
import { ApiFilter } from '../../edge/filter/api-filter.js';
import { readStoreFilter } from '../../edge/filter/store-filter.js';
import { readBasis } from '../../edge/input/input.js';
import { ApiPage } from '../../edge/paging/api-page.js';
import { HEATMAP_PAGE, SORTS, readLimit } from './fleet-query.js';
import { FleetService, type SummaryQuery } from './fleet.service.js';
import { FleetWatch } from './fleet-watch.js';
import { STORE_STATES } from './store-state.js';

const RETRY_AFTER_SECONDS = 5;

const ApiTime = (name: string, description: string): MethodDecorator =>
  ApiQuery({ name, required: false, description, schema: { type: 'string', format: 'date-time' } });

const ApiChoice = (name: string, values: readonly string[], description: string): MethodDecorator =>
  ApiQuery({ name, required: false, description, schema: { type: 'string', enum: [...values] } });

const ApiBasis = (): MethodDecorator =>
  ApiChoice('basis', BASES, 'How lost time is counted. Default: all, as in the CSV. observed: only observed time.');

/** An overview of all stores, as shown on the web page. */
@ApiTags('fleet')
@Controller('v1/fleet')
export class FleetRestController {
  private readonly streams: ConcurrencyLimit;

  constructor(
    private readonly fleet: FleetService,
    private readonly watch: FleetWatch,
    { maxStreams }: Settings,
  ) {
    this.streams = new ConcurrencyLimit(maxStreams, 'streams of events', 'MAX_STREAMS', RETRY_AFTER_SECONDS);
  }

  @Get('summary')
  @RequireScope('read')
  @ApiOperation({
    operationId: 'getFleetSummary',
    summary: 'Get the state of all stores, the open time lost, and the running jobs',
  })
  @ApiTime('as_of', 'Polls at or after this time are ignored. Default: the latest poll, or now if that is earlier.')
  @ApiBasis()
  @ApiFilter({ knowsStates: true })
  @ApiQuery({
    name: 'group_by',
    required: false,
    description: 'Up to 3 tags as tags.KEY, separated by commas: also counts the stores of each group.',
    schema: { type: 'string', example: 'tags.region' },
  })
  @ApiOkResponse({ type: FleetSummaryDto })
  async getFleetSummary(@Query() query: Record<string, string | undefined>): Promise<FleetSummaryDto> {
    const { as_of: asOf, basis, filter, group_by: groupBy } = query;
    return toFleetSummaryDto(await this.fleet.summary({ asOf, basis, filter, groupBy: groupBy?.split(',') }));
  }

  @Get('heatmap')
  @RequireScope('read')
  @ApiOperation({
    operationId: 'getFleetHeatmap',
    summary: 'Get the heatmap: for each store and hour, the share of open time observed up and down',
  })
  @ApiTime('from', 'A time in the first hour, at most 31 days before to. Default: 168 hours are shown.')
  @ApiTime(
    'to',
    'The end of the last hour shown. Polls at or after this time are ignored. Default: the latest poll, or now if that is earlier.',
  )
  @ApiBasis()
  @ApiQuery({
    name: 'q',
    required: false,
    description: 'Only stores whose id contains this text, ignoring case.',
  })
  @ApiQuery({ name: 'timezone', required: false, description: 'Only stores in this timezone, by any of its names.' })
  @ApiChoice('state', STORE_STATES, 'Only stores in this state at `to`.')
  @ApiFilter({ knowsStates: true })
  @ApiChoice('sort', SORTS, 'Default: lost, the most lost time first.')
  @ApiPage(HEATMAP_PAGE)
  @ApiOkResponse({ type: HeatmapDto })
  async getFleetHeatmap(@Query() query: Record<string, string | undefined>): Promise<HeatmapDto> {
    const { page_size: pageSize, page_token: pageToken, ...others } = query;
    return toHeatmapDto(await this.fleet.heatmap({ ...others, pageSize, pageToken }));
  }

  @Get('events')
  @RequireScope('read')
  @ApiOperation({
    operationId: 'watchFleet',
    summary: 'Stream the fleet summary as server-sent events: at once, and whenever it changes',
    description:
      'Sends events `summary`, each with a FleetSummaryDto as of the latest poll, or now if that is earlier. Changes are checked every second.',
  })
  @ApiBasis()
  @ApiFilter({ knowsStates: true })
  @ApiQuery({
    name: 'limit',
    required: false,
    description: 'The stream ends after this many events. Default: no limit.',
    schema: { type: 'integer', minimum: 1, example: 1 },
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last event received, which is not sent again. Browsers send it automatically.',
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  async watchFleet(
    @Req() request: Request,
    @Res() response: Response,
    @Query() { basis, filter, limit }: Record<string, string | undefined>,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    // validates the request before the stream begins
    readBasis(basis);
    readStoreFilter(filter, STORE_STATES);
    const maxEvents = readLimit(limit);
    const release = this.streams.tryAcquire();
    try {
      if (request.method === 'HEAD') response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end();
      else await this.stream(response, { basis, filter }, maxEvents, lastEventId);
    } finally {
      release();
    }
  }

  private async stream(
    response: Response,
    query: SummaryQuery,
    limit: number,
    lastEventId: string | undefined,
  ): Promise<void> {
    const { signal } = currentRequest()!.abort;
    const stream = new EventStream(response, signal);
    let sent = 0;
    try {
      for await (const { summary, version } of this.watch.states(query, signal, lastEventId)) {
        await stream.send('summary', version, toFleetSummaryDto(summary));
        if (++sent >= limit) break;
      }
    } catch (error) {
      // The stream ends and the browser reconnects; it has been told when.
      if (!(error instanceof DomainError)) throw error;
    } finally {
      stream.end();
    }
  }
}
