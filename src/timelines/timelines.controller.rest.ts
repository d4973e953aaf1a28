import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Needs } from '../access/needs.js';
import { SAMPLE_STORE_ID } from '../sample-data/examples.js';
import { type PageSizes, PAGE_SIZES, decodeNumbers, encodeNumbers, readPageSize } from '../transport/page-token.js';
import { ProblemDto } from '../transport/problem.dto.js';
import { RecentOutagesService } from './recent-outages.service.js';
import { TIMELINE_PAGE, TIMELINE_PARTS, pageOf, readParts } from './timeline-page.js';
import { OutagePageDto, TimelineDto, toOutageDto, toTimelineDto } from './timelines.dto.js';
import { TimelinesService } from './timelines.service.js';

const STORE_ID = { name: 'store_id', example: SAMPLE_STORE_ID };

const ApiTime = (name: string, description: string): MethodDecorator =>
  ApiQuery({ name, required: false, description, schema: { type: 'string', format: 'date-time' } });

const ApiPage =
  ({ usual, most }: PageSizes): MethodDecorator =>
  (target, key, descriptor) => {
    const schema = { type: 'integer', minimum: 1, maximum: most, default: usual } as const;
    ApiQuery({ name: 'page_size', required: false, schema })(target, key, descriptor);
    const description = 'next_page_token of the page before.';
    ApiQuery({ name: 'page_token', required: false, description })(target, key, descriptor);
  };

@ApiTags('timelines')
@Controller('v1')
export class TimelinesRestController {
  constructor(
    private readonly timelines: TimelinesService,
    private readonly recent: RecentOutagesService,
  ) {}

  @Get('stores/:store_id/timeline')
  @Needs('read')
  @ApiOperation({
    operationId: 'getStoreTimeline',
    summary: "What a store's figures rest on: openings, statuses with their polls, hourly rollups, totals, polls",
  })
  @ApiParam(STORE_ID)
  @ApiTime('from', 'At most 31 days before to. Absent: a week before it.')
  @ApiTime('to', 'No poll at or after it counts. Absent: the latest poll, or now if that is earlier.')
  @ApiQuery({
    name: 'include',
    required: false,
    description: `Some of ${TIMELINE_PARTS.join(',')}. Absent: all of them.`,
    schema: { type: 'string' },
  })
  @ApiPage(TIMELINE_PAGE)
  @ApiOkResponse({ type: TimelineDto })
  @ApiNotFoundResponse({ type: ProblemDto, description: 'There is no such store.' })
  async getStoreTimeline(
    @Param('store_id') storeId: string,
    @Query() query: Record<string, string | undefined>,
  ): Promise<TimelineDto> {
    const parts = readParts(query.include);
    const size = readPageSize(query.page_size, TIMELINE_PAGE);
    const [fromMs] = decodeNumbers(query.page_token, 1) ?? [-Infinity];
    const timeline = await this.timelines.timeline(storeId, query.from, query.to);
    return toTimelineDto(timeline, pageOf(timeline, parts, fromMs, size));
  }

  @Get('stores/:store_id/outages')
  @Needs('read')
  @ApiOperation({ operationId: 'listOutages', summary: "A store's outages, oldest first" })
  @ApiParam(STORE_ID)
  @ApiTime(
    'from',
    'At most 400 days before to. Outages that are going on at it are listed whole. Absent: a week before to.',
  )
  @ApiTime('to', 'No poll at or after it counts. Absent: the latest poll, or now if that is earlier.')
  @ApiPage(PAGE_SIZES)
  @ApiOkResponse({ type: OutagePageDto })
  @ApiNotFoundResponse({ type: ProblemDto, description: 'There is no such store.' })
  async listOutages(
    @Param('store_id') storeId: string,
    @Query() query: Record<string, string | undefined>,
  ): Promise<OutagePageDto> {
    const size = readPageSize(query.page_size);
    const [afterMs] = decodeNumbers(query.page_token, 1) ?? [-Infinity];
    const { outages, nextMs } = await this.timelines.outagePage(storeId, query.from, query.to, afterMs, size);
    return { outages: outages.map(toOutageDto), next_page_token: nextMs === undefined ? null : encodeNumbers(nextMs) };
  }

  @Get('outages')
  @Needs('read')
  @ApiOperation({ operationId: 'listRecentOutages', summary: "All stores' outages, newest first" })
  @ApiTime(
    'since',
    'At most 31 days before as_of. Outages that are going on at it are listed whole. Absent: a day before as_of.',
  )
  @ApiTime('as_of', 'No poll at or after it counts. Absent: the latest poll, or now if that is earlier.')
  @ApiPage(PAGE_SIZES)
  @ApiOkResponse({ type: OutagePageDto })
  async listRecentOutages(@Query() query: Record<string, string | undefined>): Promise<OutagePageDto> {
    const size = readPageSize(query.page_size);
    const [startMs, id] = decodeNumbers(query.page_token, 2) ?? [];
    const after = startMs === undefined || id === undefined ? undefined : { startMs, id };
    const { outages, next } = await this.recent.page(query.since, query.as_of, after, size);
    return { outages: outages.map(toOutageDto), next_page_token: next ? encodeNumbers(next.startMs, next.id) : null };
  }
}
