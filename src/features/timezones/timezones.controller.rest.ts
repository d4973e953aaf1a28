import { Body, Controller, Delete, Get, Param, Patch, Put, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../../edge/access/require-scope.js';
import { SAMPLE_SPECIAL_DATE, SAMPLE_STORE_ID } from '../../sample-data/examples.js';
import { ApiFilter } from '../../edge/filter/api-filter.js';
import { readStoreFilter } from '../../edge/filter/store-filter.js';
import { ApiPage } from '../../edge/paging/api-page.js';
import { decodePageToken, encodePageToken, readPageSize } from '../../edge/paging/page-token.js';
import { ProblemDto } from '../../edge/errors/problem.dto.js';
import {
  BUSINESS_HOURS_FIELDS,
  LOCAL_HOURS_FIELDS,
  SetBusinessHoursDto,
  SetLifeDto,
  SetSpecialHoursDto,
  SetTimezoneDto,
  StoreCalendarDto,
  StorePageDto,
  TimezonesDto,
  UpdateStoreDto,
  fromHoursDto,
  toStoreCalendarDto,
  toStoreDto,
} from './timezones.dto.js';
import { NamesService } from './names.service.js';
import { TimezonesService } from './timezones.service.js';

const DATE = { name: 'date', schema: { type: 'string', format: 'date', example: SAMPLE_SPECIAL_DATE } } as const;
const STORE_ID = { name: 'store_id', example: SAMPLE_STORE_ID };

@ApiTags('stores')
@Controller('v1')
export class TimezonesRestController {
  constructor(
    private readonly timezones: TimezonesService,
    private readonly names: NamesService,
  ) {}

  @Get('stores')
  @RequireScope('read')
  @ApiOperation({ operationId: 'listStores', summary: 'List stores, ordered by id' })
  @ApiFilter()
  @ApiPage()
  @ApiOkResponse({ type: StorePageDto })
  async listStores(
    @Query('page_size') pageSize?: string,
    @Query('page_token') pageToken?: string,
    @Query('filter') filter?: string,
  ): Promise<StorePageDto> {
    const after = decodePageToken(pageToken);
    const { items, last } = await this.timezones.listStores(after, readPageSize(pageSize), readStoreFilter(filter));
    return { stores: items.map(toStoreDto), next_page_token: last ? encodePageToken(last.storeId) : null };
  }

  @Get('stores/:store_id')
  @RequireScope('read')
  @ApiOperation({ operationId: 'getStore', summary: 'Get a store: its name, tags and calendar' })
  @ApiParam(STORE_ID)
  @ApiOkResponse({ type: StoreCalendarDto })
  @ApiNotFoundResponse({ type: ProblemDto, description: 'There is no such store.' })
  async getStore(@Param('store_id') storeId: string): Promise<StoreCalendarDto> {
    return toStoreCalendarDto(await this.timezones.calendar(storeId));
  }

  @Patch('stores/:store_id')
  @RequireScope('admin')
  @ApiOperation({ operationId: 'updateStore', summary: "Set a store's name and tags" })
  @ApiParam(STORE_ID)
  @ApiOkResponse({ type: StoreCalendarDto })
  async updateStore(@Param('store_id') storeId: string, @Body() body: UpdateStoreDto): Promise<StoreCalendarDto> {
    await this.names.update({ storeId, name: body.name, tags: body.tags });
    return toStoreCalendarDto(await this.timezones.calendar(storeId));
  }

  @Put('stores/:store_id/timezone')
  @RequireScope('admin')
  @ApiOperation({ operationId: 'setTimezone', summary: "Set a store's timezone and recompute its past" })
  @ApiParam(STORE_ID)
  @ApiOkResponse({ type: StoreCalendarDto })
  async setTimezone(@Param('store_id') storeId: string, @Body() body: SetTimezoneDto): Promise<StoreCalendarDto> {
    return toStoreCalendarDto(await this.timezones.setTimezone(storeId, body.timezone));
  }

  @Put('stores/:store_id/business_hours')
  @RequireScope('admin')
  @ApiOperation({
    operationId: 'setBusinessHours',
    summary: "Replace a store's whole week and recompute its past",
  })
  @ApiParam(STORE_ID)
  @ApiOkResponse({ type: StoreCalendarDto })
  async setBusinessHours(
    @Param('store_id') storeId: string,
    @Body() body: SetBusinessHoursDto,
  ): Promise<StoreCalendarDto> {
    return toStoreCalendarDto(
      await this.timezones.setBusinessHours(
        storeId,
        fromHoursDto('business_hours', body.business_hours, BUSINESS_HOURS_FIELDS),
      ),
    );
  }

  @Delete('stores/:store_id/timezone')
  @RequireScope('admin')
  @ApiOperation({
    operationId: 'removeTimezone',
    summary: "Remove a store's timezone, so that the default is used, and recompute its past",
  })
  @ApiParam(STORE_ID)
  @ApiOkResponse({ type: StoreCalendarDto })
  @ApiNotFoundResponse({ type: ProblemDto, description: 'There is no such store, or it has no timezone of its own.' })
  async removeTimezone(@Param('store_id') storeId: string): Promise<StoreCalendarDto> {
    return toStoreCalendarDto(await this.timezones.removeTimezone(storeId));
  }

  @Put('stores/:store_id/special_hours/:date')
  @RequireScope('admin')
  @ApiOperation({
    operationId: 'setSpecialHours',
    summary: 'Replace the openings of one local date, or close the store on that date',
  })
  @ApiParam(STORE_ID)
  @ApiParam(DATE)
  @ApiOkResponse({ type: StoreCalendarDto })
  async setSpecialHours(
    @Param('store_id') storeId: string,
    @Param('date') date: string,
    @Body() body: SetSpecialHoursDto,
  ): Promise<StoreCalendarDto> {
    return toStoreCalendarDto(
      await this.timezones.setSpecialHours(storeId, date, fromHoursDto('hours', body.hours, LOCAL_HOURS_FIELDS)),
    );
  }

  @Delete('stores/:store_id/special_hours/:date')
  @RequireScope('admin')
  @ApiOperation({
    operationId: 'removeSpecialHours',
    summary: "Remove a local date's special hours, so that the weekly hours apply",
  })
  @ApiParam(STORE_ID)
  @ApiParam(DATE)
  @ApiOkResponse({ type: StoreCalendarDto })
  @ApiNotFoundResponse({ type: ProblemDto, description: 'There is no such store, or the date has no special hours.' })
  async removeSpecialHours(@Param('store_id') storeId: string, @Param('date') date: string): Promise<StoreCalendarDto> {
    return toStoreCalendarDto(await this.timezones.removeSpecialHours(storeId, date));
  }

  @Put('stores/:store_id/life')
  @RequireScope('admin')
  @ApiOperation({
    operationId: 'setLife',
    summary: "Set a store's first and last local date; it is closed on dates outside that range",
  })
  @ApiParam(STORE_ID)
  @ApiOkResponse({ type: StoreCalendarDto })
  async setLife(@Param('store_id') storeId: string, @Body() body: SetLifeDto): Promise<StoreCalendarDto> {
    return toStoreCalendarDto(await this.timezones.setLife(storeId, body.opened_on, body.closed_on));
  }

  @Get('timezones')
  @RequireScope('read')
  @ApiOperation({ operationId: 'listTimezones', summary: 'List every accepted timezone' })
  @ApiOkResponse({ type: TimezonesDto })
  listTimezones(): TimezonesDto {
    const { names, version } = this.timezones.timezones();
    return { timezones: names, tz_version: version };
  }
}
