import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { RequireScope } from '../../edge/access/require-scope.js';
import { Settings } from '../../platform/config/settings.js';
import {
  decodeNumbers,
  decodePageToken,
  encodeNumbers,
  encodePageToken,
  readPageSize,
} from '../../edge/paging/page-token.js';
import { ProblemDto } from '../../edge/errors/problem.dto.js';
import type { Schedule } from './schedule.entity.js';
import { ScheduleRunDto, ScheduleRunPageDto, toScheduleRunDto } from './schedule-runs.dto.js';
import { CreateScheduleDto, ScheduleDto, SchedulePageDto, UpdateScheduleDto, toScheduleDto } from './schedules.dto.js';
import { SchedulesService } from './schedules.service.js';
import { ApiPage } from '../../edge/paging/api-page.js';

const NAME = { name: 'name', example: 'nightly' } as const;
const RUN_ID = { name: 'run_id', example: '2026-11-23' } as const;
const NO_SCHEDULE = { type: ProblemDto, description: 'There is no such schedule.' } as const;
const NO_RUN = { type: ProblemDto, description: 'There is no such schedule, or it has no such run.' } as const;

@ApiTags('schedules')
@Controller('v1/schedules')
export class SchedulesRestController {
  constructor(
    private readonly schedules: SchedulesService,
    private readonly settings: Settings,
  ) {}

  @Get()
  @RequireScope('read')
  @ApiOperation({ operationId: 'listSchedules', summary: 'List schedules, ordered by name' })
  @ApiPage()
  @ApiOkResponse({ type: SchedulePageDto })
  async listSchedules(
    @Query('page_size') pageSize?: string,
    @Query('page_token') pageToken?: string,
  ): Promise<SchedulePageDto> {
    const { items, last } = await this.schedules.list(decodePageToken(pageToken), readPageSize(pageSize));
    return {
      schedules: items.map((schedule) => this.toDto(schedule)),
      next_page_token: last ? encodePageToken(last.name) : null,
    };
  }

  @Post()
  @RequireScope('admin')
  @ApiOperation({ operationId: 'createSchedule', summary: 'Create a schedule for a regular report' })
  @ApiBody({
    type: CreateScheduleDto,
    examples: {
      default: {
        value: { name: 'nightly-for-finance', cron: '0 5 * * 1-5', timezone: 'America/New_York', gzip: true },
      },
    },
  })
  @ApiCreatedResponse({ type: ScheduleDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiConflictResponse({ type: ProblemDto, description: 'Another schedule already has this name or destination.' })
  async createSchedule(
    @Body() { name, group_by: groupBy, ...fields }: CreateScheduleDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ScheduleDto> {
    const schedule = await this.schedules.create(name, { ...fields, groupBy });
    response.location(this.settings.linkTo(`/v1/schedules/${schedule.name}`));
    return this.toDto(schedule);
  }

  @Get(':name')
  @RequireScope('read')
  @ApiOperation({ operationId: 'getSchedule', summary: 'Get a schedule and the time of its next run' })
  @ApiParam(NAME)
  @ApiOkResponse({ type: ScheduleDto })
  @ApiNotFoundResponse(NO_SCHEDULE)
  async getSchedule(@Param('name') name: string): Promise<ScheduleDto> {
    return this.toDto(await this.schedules.find(name));
  }

  @Patch(':name')
  @RequireScope('admin')
  @ApiOperation({ operationId: 'updateSchedule', summary: 'Change the given fields of a schedule' })
  @ApiParam(NAME)
  @ApiBody({ type: UpdateScheduleDto, examples: { default: { value: { enabled: true } } } })
  @ApiOkResponse({ type: ScheduleDto })
  @ApiNotFoundResponse(NO_SCHEDULE)
  @ApiConflictResponse({ type: ProblemDto, description: 'Another schedule already has this destination.' })
  async updateSchedule(
    @Param('name') name: string,
    @Body() { group_by: groupBy, ...fields }: UpdateScheduleDto,
  ): Promise<ScheduleDto> {
    return this.toDto(await this.schedules.update(name, { ...fields, groupBy }));
  }

  @Delete(':name')
  @RequireScope('admin')
  @HttpCode(204)
  @ApiOperation({ operationId: 'removeSchedule', summary: 'Delete a schedule and its list of runs; its files stay' })
  @ApiParam(NAME)
  @ApiNoContentResponse()
  @ApiNotFoundResponse(NO_SCHEDULE)
  async removeSchedule(@Param('name') name: string): Promise<void> {
    await this.schedules.remove(name);
  }

  @Get(':name/runs')
  @RequireScope('read')
  @ApiOperation({ operationId: 'listScheduleRuns', summary: 'List the runs of a schedule, newest first' })
  @ApiParam(NAME)
  @ApiPage()
  @ApiOkResponse({ type: ScheduleRunPageDto })
  @ApiNotFoundResponse(NO_SCHEDULE)
  async listScheduleRuns(
    @Param('name') name: string,
    @Query('page_size') pageSize?: string,
    @Query('page_token') pageToken?: string,
  ): Promise<ScheduleRunPageDto> {
    const [before] = decodeNumbers(pageToken, 1) ?? [];
    const { items, last } = await this.schedules.listRuns(name, readPageSize(pageSize), before);
    return { runs: items.map(toScheduleRunDto), next_page_token: last ? encodeNumbers(last.dueAt.getTime()) : null };
  }

  @Get(':name/runs/:run_id')
  @RequireScope('read')
  @ApiOperation({ operationId: 'getScheduleRun', summary: 'Get a run: its state, report and file' })
  @ApiParam(NAME)
  @ApiParam(RUN_ID)
  @ApiOkResponse({ type: ScheduleRunDto })
  @ApiNotFoundResponse(NO_RUN)
  async getScheduleRun(@Param('name') name: string, @Param('run_id') runId: string): Promise<ScheduleRunDto> {
    return toScheduleRunDto(await this.schedules.findRun(name, runId));
  }

  @Post(':name/runs/:run_id/again')
  @RequireScope('admin')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'runScheduleAgain',
    summary: 'Repeat a run: a new report with the same as-of replaces its file',
  })
  @ApiParam(NAME)
  @ApiParam(RUN_ID)
  @ApiAcceptedResponse({ type: ScheduleRunDto })
  @ApiNotFoundResponse(NO_RUN)
  @ApiConflictResponse({ type: ProblemDto, description: 'The run is in progress.' })
  async runScheduleAgain(@Param('name') name: string, @Param('run_id') runId: string): Promise<ScheduleRunDto> {
    return toScheduleRunDto(await this.schedules.runAgain(name, runId));
  }

  private toDto(schedule: Schedule): ScheduleDto {
    return toScheduleDto(schedule, this.schedules.nextDueAt(schedule));
  }
}
