import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../../edge/access/require-scope.js';
import { SAMPLE_STORE_ID } from '../../sample-data/examples.js';
import { ApiFilter } from '../../edge/filter/api-filter.js';
import { ApiPage } from '../../edge/paging/api-page.js';
import { PAGE_SIZES, readPageSize } from '../../edge/paging/page-token.js';
import { ProblemDto } from '../../edge/errors/problem.dto.js';
import { decodePageStart } from './page-start.js';
import { OUTAGE_KEYS, RecentOutagesService } from './recent-outages.service.js';
import { TIMELINE_PAGE, TIMELINE_PARTS, pageOf, readParts } from './timeline-page.js';
import { OutagePageDto, TimelineDto, toOutagePageDto, toTimelineDto } from './timelines.dto.js';
import { TimelinesService } from './timelines.service.js';

const STORE_ID = { name: 'store_id', example: SAMPLE_STORE_ID };

const ApiTime = (name: string, description: string): MethodDecorator =>
  ApiQuery({ name, required: false, description, schema: { type: 'string', format: 'date-time' } });

const PAGE_TOKEN =
  'next_page_token of the previous response. It keeps the window of the first page: omit the ends of the window, or send the same ones.';

@ApiTags('timelines')
@Controller('v1')
export class TimelinesRestController {
  constructor(
    private readonly timelines: TimelinesService,
    private readonly recent: RecentOutagesService,
  ) {}

  @Get('stores/:store_id/timeline')
  @RequireScope('read')
  @ApiOperation({
    operationId: 'getStoreTimeline',
    summary: "Get a store's timeline: openings, statuses, hourly rollups, totals and polls",
  })
  @ApiParam(STORE_ID)
  @ApiTime('from', 'At most 31 days before to. Default: a week before to.')
  @ApiTime('to', 'Polls at or after this time are ignored. Default: the latest poll, or now if that is earlier.')
  @ApiQuery({
    name: 'include',
    required: false,
    description: `Any of ${TIMELINE_PARTS.join(',')}, separated by commas. Default: all of them.`,
    schema: { type: 'string' },
  })
  @ApiPage(TIMELINE_PAGE, PAGE_TOKEN)
  @ApiOkResponse({ type: TimelineDto })
  @ApiNotFoundResponse({ type: ProblemDto, description: 'There is no such store.' })
  async getStoreTimeline(
    @Param('store_id') storeId: string,
    @Query() query: Record<string, string | undefined>,
  ): Promise<TimelineDto> {
    const parts = readParts(query.include);
    const size = readPageSize(query.page_size, TIMELINE_PAGE);
    const start = decodePageStart(query.page_token, 1);
    const timeline = await this.timelines.timeline(storeId, query.from, query.to, start);
    return toTimelineDto(timeline, pageOf(timeline, parts, start?.keys[0] ?? -Infinity, size));
  }

  @Get('stores/:store_id/outages')
  @RequireScope('read')
  @ApiOperation({ operationId: 'listOutages', summary: "List a store's outages, oldest first" })
  @ApiParam(STORE_ID)
  @ApiTime(
    'from',
    'At most 400 days before to. Outages that are ongoing at this time are listed in full. Default: a week before to.',
  )
  @ApiTime('to', 'Polls at or after this time are ignored. Default: the latest poll, or now if that is earlier.')
  @ApiPage(PAGE_SIZES, PAGE_TOKEN)
  @ApiOkResponse({ type: OutagePageDto })
  @ApiNotFoundResponse({ type: ProblemDto, description: 'There is no such store.' })
  async listOutages(
    @Param('store_id') storeId: string,
    @Query() query: Record<string, string | undefined>,
  ): Promise<OutagePageDto> {
    const size = readPageSize(query.page_size);
    const start = decodePageStart(query.page_token, 1);
    return toOutagePageDto(await this.timelines.outagePage(storeId, size, { from: query.from, to: query.to, start }));
  }

  @Get('outages')
  @RequireScope('read')
  @ApiOperation({ operationId: 'listRecentOutages', summary: "List all stores' outages, newest first" })
  @ApiFilter()
  @ApiTime(
    'since',
    'At most 31 days before as_of. Outages that are ongoing at this time are listed in full. Default: a day before as_of.',
  )
  @ApiTime('as_of', 'Polls at or after this time are ignored. Default: the latest poll, or now if that is earlier.')
  @ApiPage(PAGE_SIZES, PAGE_TOKEN)
  @ApiOkResponse({ type: OutagePageDto })
  async listRecentOutages(@Query() query: Record<string, string | undefined>): Promise<OutagePageDto> {
    const size = readPageSize(query.page_size);
    const start = decodePageStart(query.page_token, OUTAGE_KEYS);
    return toOutagePageDto(
      await this.recent.page(size, { since: query.since, asOf: query.as_of, filter: query.filter, start }),
    );
  }
}
