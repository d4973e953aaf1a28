import { ApiProperty } from '@nestjs/swagger';
import { formatInstant } from '#libs/instant/instant.js';
import type { Basis } from '#libs/uptime/breakdown.js';
import { ImportDto, toImportDto } from '../ingestion/ingestion.dto.js';
import { ReportSummaryDto, toReportSummaryDto } from '../reports/reports.dto.js';
import type { Backlog } from '../rollups/rollups.repository.js';
import { SAMPLE_STORE_ID } from '../../sample-data/examples.js';
import { PartsDto } from '../../edge/uptime/uptime-breakdown.dto.js';
import { toPartsDto } from '../../edge/uptime/uptime-breakdown.js';
import { FleetGroupDto, FleetStoresDto, toGroupDtos } from './fleet-groups.dto.js';
import { type FleetSummary, type FleetWindow, type Heatmap, type HeatmapRow, silentMs } from './fleet.service.js';
import { BASES } from '#libs/uptime/breakdown.js';
import { CLOSED, type FleetHour, hourCount } from './hour-matrix.js';
import { type StoreState, STORE_STATES } from './store-state.js';
import type { Tags } from '../timezones/names-and-tags.js';
import type { Work } from './fleet-work.js';

const AT_AS_OF = 'The state in the millisecond before as-of. A store that opens at as-of is still closed.';
const HOURS =
  'One value per UTC hour, oldest first; the last hour ends at `to`. null: the store has no open time in the hour.';

export class FleetWindowDto extends PartsDto {
  @ApiProperty({ enum: ['last_hour', 'last_day', 'last_week'] })
  name!: string;

  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiProperty({ format: 'date-time' })
  to!: string;

  @ApiProperty({ example: 7_140_000, description: 'Downtime of all stores, by the requested basis.' })
  lost_ms!: number;

  @ApiProperty({ type: 'integer', example: 37, description: 'Stores with downtime, by the requested basis.' })
  stores_with_loss!: number;
}

export class FleetHourDto extends PartsDto {
  @ApiProperty({ format: 'date-time', description: 'The start of the hour.' })
  hour!: string;
}

export class RollupWorkDto {
  @ApiProperty({ example: true, description: 'Whether every past hour is rolled up and current.' })
  up_to_date!: boolean;

  @ApiProperty({
    type: 'integer',
    example: 0,
    description: 'Past hours not yet rolled up, summed over all blocks of stores.',
  })
  due_hours!: number;

  @ApiProperty({
    type: 'integer',
    example: 0,
    description: 'Pending invalidations by late polls and calendar changes.',
  })
  late_changes!: number;

  @ApiProperty({
    example: 0,
    description: 'Seconds since the start of the oldest past hour that is missing or not current; 0: none.',
  })
  lag_seconds!: number;
}

export class FleetWorkDto {
  @ApiProperty({ type: [ImportDto], description: 'Running imports, at most 20.' })
  imports!: ImportDto[];

  @ApiProperty({ type: [ReportSummaryDto], description: 'Running reports, at most 20.' })
  reports!: ReportSummaryDto[];

  @ApiProperty({ type: RollupWorkDto })
  rollups!: RollupWorkDto;
}

export class FleetSummaryDto {
  @ApiProperty({ format: 'date-time' })
  as_of!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The time of the latest poll; null: no polls yet.',
  })
  latest_poll_at!: string | null;

  @ApiProperty({ format: 'date-time', description: 'When the summary was computed. Later changes are not included.' })
  computed_at!: string;

  @ApiProperty({ enum: BASES })
  basis!: Basis;

  @ApiProperty({
    example: 10_800_000,
    description: 'The setting POLL_VALID_FOR, in ms: how long a poll counts as observed.',
  })
  poll_valid_for_ms!: number;

  @ApiProperty({ type: FleetStoresDto, description: AT_AS_OF })
  stores!: FleetStoresDto;

  @ApiProperty({
    type: [FleetGroupDto],
    nullable: true,
    example: null,
    description: 'The same by group, in the order of their values; null: group_by was not given.',
  })
  groups!: FleetGroupDto[] | null;

  @ApiProperty({ type: [FleetWindowDto], description: 'Sums over all stores, as in a report with the same as_of.' })
  windows!: FleetWindowDto[];

  @ApiProperty({
    type: [FleetHourDto],
    description: 'Sums over all stores by UTC hour, for the hours of the heatmap. The last hour ends at as_of.',
  })
  hours!: FleetHourDto[];

  @ApiProperty({ type: FleetWorkDto })
  work!: FleetWorkDto;
}

export class HeatmapStoreDto {
  @ApiProperty({ example: SAMPLE_STORE_ID })
  store_id!: string;

  @ApiProperty({ type: String, nullable: true, example: 'Corner Shop', description: 'null: the store has no name.' })
  name!: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { region: 'North' },
    description: 'Values by key.',
  })
  tags!: Tags;

  @ApiProperty({ example: 'America/New_York' })
  timezone!: string;

  @ApiProperty({ enum: STORE_STATES, description: AT_AS_OF })
  state!: StoreState;

  @ApiProperty({ example: 7_140_000, description: 'Downtime in the window, by the requested basis.' })
  lost_ms!: number;

  @ApiProperty({
    example: 4_440_000,
    description: 'Open time in the window without a recent poll: carried and unknown.',
  })
  silent_ms!: number;

  @ApiProperty({ example: 10_800_000 })
  open_ms!: number;

  @ApiProperty({
    type: 'array',
    items: { type: 'integer', nullable: true },
    example: [null, 61, 100],
    description: `Percent of open time observed active, rounded to a whole percent; 0 and 100 only if exact. ${HOURS}`,
  })
  up_percent!: (number | null)[];

  @ApiProperty({
    type: 'array',
    items: { type: 'integer', nullable: true },
    example: [null, 14, 0],
    description: `Percent of open time observed inactive, rounded on its own, so that the sum with up_percent may be 101. ${HOURS}`,
  })
  down_percent!: (number | null)[];
}

export class HeatmapDto {
  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiProperty({ format: 'date-time' })
  to!: string;

  @ApiProperty({ enum: BASES })
  basis!: Basis;

  @ApiProperty({
    type: 'integer',
    example: 168,
    description: 'The number of hours between from and to; the last one may be partial.',
  })
  hours!: number;

  @ApiProperty({ type: 'integer', example: 200, description: 'The number of matching stores, on all pages.' })
  total_stores!: number;

  @ApiProperty({ type: [HeatmapStoreDto] })
  stores!: HeatmapStoreDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Token of the next page; null on the last.' })
  next_page_token!: string | null;
}

export const toFleetSummaryDto = (summary: FleetSummary): FleetSummaryDto => ({
  as_of: formatInstant(summary.asOfMs),
  latest_poll_at: summary.latestPollMs === undefined ? null : formatInstant(summary.latestPollMs),
  computed_at: formatInstant(summary.computedAtMs),
  basis: summary.basis,
  poll_valid_for_ms: summary.pollValidForMs,
  stores: { total: summary.total, ...summary.counts },
  groups: summary.groups ? toGroupDtos(summary.groups, summary.groupBy ?? []) : null,
  windows: summary.windows.map(toWindowDto),
  hours: summary.hours.map(toHourDto),
  work: toWorkDto(summary.work),
});

const toWindowDto = ({ name, startMs, endMs, parts, lostMs, storesWithLoss }: FleetWindow): FleetWindowDto => ({
  name,
  from: formatInstant(startMs),
  to: formatInstant(endMs),
  ...toPartsDto(parts),
  lost_ms: lostMs,
  stores_with_loss: storesWithLoss,
});

const toHourDto = ({ hourMs, parts }: FleetHour): FleetHourDto => ({
  hour: formatInstant(hourMs),
  ...toPartsDto(parts),
});

const toWorkDto = ({ imports, reports, backlog }: Work): FleetWorkDto => ({
  imports: imports.map(toImportDto),
  reports: reports.map(toReportSummaryDto),
  rollups: toRollupWorkDto(backlog),
});

const toRollupWorkDto = ({ blockHours, dueRows, lagSeconds }: Backlog): RollupWorkDto => ({
  up_to_date: blockHours === 0 && dueRows === 0,
  due_hours: blockHours,
  late_changes: dueRows,
  lag_seconds: lagSeconds,
});

export const toHeatmapDto = ({ hours, basis, total, rows, nextPageToken }: Heatmap): HeatmapDto => ({
  from: formatInstant(hours.startMs),
  to: formatInstant(hours.endMs),
  basis,
  hours: hourCount(hours),
  total_stores: total,
  stores: rows.map(toHeatmapStoreDto),
  next_page_token: nextPageToken ?? null,
});

const toHeatmapStoreDto = ({ store, state, lostMs, parts, ...row }: HeatmapRow): HeatmapStoreDto => ({
  store_id: store.storeId,
  name: row.name,
  tags: row.tags,
  timezone: store.zone,
  state,
  lost_ms: lostMs,
  silent_ms: silentMs(parts),
  open_ms: parts.openMs,
  up_percent: Array.from(row.upPercent, orNull),
  down_percent: Array.from(row.downPercent, orNull),
});

const orNull = (percent: number): number | null => (percent === CLOSED ? null : percent);
