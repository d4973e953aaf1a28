import { ApiProperty } from '@nestjs/swagger';
import { formatInstant } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { type Basis, downtimeMs, uptimeMs } from '#libs/uptime/breakdown.js';
import { Evidence } from '#libs/uptime/segments.js';
import type { WindowFigures } from '#libs/uptime/window-parts.js';
import { SAMPLE_STORE_ID } from '../../sample-data/examples.js';
import { PartsDto } from '../../edge/uptime/uptime-breakdown.dto.js';
import { toPartsDto, uptimePercent } from '../../edge/uptime/uptime-breakdown.js';
import { encodePageStart } from './page-start.js';
import type { OutagePage, StoreOutage } from './store-outage.js';
import type { TimelinePage } from './timeline-page.js';
import type { RolledHour } from './timelines.repository.js';
import type { StatusInterval } from './status-columns.js';
import type { Poll, Timeline } from './timelines.service.js';

const STATUSES = ['active', 'inactive'] as const;
const KINDS = ['observed', 'carried', 'unknown'] as const;

export class OpeningDto {
  @ApiProperty({ format: 'date-time' })
  start!: string;

  @ApiProperty({ format: 'date-time' })
  end!: string;
}

export class StatusIntervalDto extends OpeningDto {
  @ApiProperty({
    enum: KINDS,
    description:
      'observed: a poll in the same opening, within POLL_VALID_FOR. carried: an older poll, or one of an earlier opening. unknown: no poll yet.',
  })
  kind!: (typeof KINDS)[number];

  @ApiProperty({ enum: STATUSES, nullable: true })
  status!: (typeof STATUSES)[number] | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The time of the poll that determines the status.',
  })
  polled_at!: string | null;
}

export class HourlyRollupDto extends PartsDto {
  @ApiProperty({ format: 'date-time', description: 'The start of the hour.' })
  hour!: string;

  @ApiProperty({ example: 1, description: 'Polls in the hour, inside openings or not.' })
  polls!: number;
}

export class CountedDto {
  @ApiProperty({ example: 3_660_000 })
  uptime_ms!: number;

  @ApiProperty({ example: 7_140_000 })
  downtime_ms!: number;

  @ApiProperty({ type: Number, nullable: true, example: 33.89, description: 'null when both are zero.' })
  uptime_percent!: number | null;
}

export class TotalsDto extends PartsDto {
  @ApiProperty({ example: 3, description: 'Polls in the window, inside openings or not.' })
  polls!: number;

  @ApiProperty({ type: CountedDto, description: 'With basis=all.' })
  all!: CountedDto;

  @ApiProperty({ type: CountedDto, description: 'With basis=observed.' })
  observed!: CountedDto;
}

export class PollTakenDto {
  @ApiProperty({ format: 'date-time' })
  polled_at!: string;

  @ApiProperty({ enum: STATUSES })
  status!: (typeof STATUSES)[number];
}

export class TimelineDto {
  @ApiProperty({ example: SAMPLE_STORE_ID })
  store_id!: string;

  @ApiProperty({ example: 'America/New_York' })
  timezone!: string;

  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiProperty({ format: 'date-time' })
  to!: string;

  @ApiProperty({ type: [OpeningDto], required: false, description: "Openings, cut off at the window's ends." })
  openings?: OpeningDto[];

  @ApiProperty({ type: [StatusIntervalDto], required: false, description: 'All open time, by status.' })
  statuses?: StatusIntervalDto[];

  @ApiProperty({
    type: [HourlyRollupDto],
    required: false,
    description:
      "Whole hours in the window, from the store's first poll on. Hours that are not rolled up yet are computed from polls.",
  })
  hours?: HourlyRollupDto[];

  @ApiProperty({
    type: TotalsDto,
    required: false,
    description: 'Totals of the whole window, on every page. A report for the same window has the same figures.',
  })
  totals?: TotalsDto;

  @ApiProperty({ type: [PollTakenDto], required: false, description: 'Polls in the window, inside openings or not.' })
  polls?: PollTakenDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Token of the next page; null on the last.' })
  next_page_token!: string | null;
}

export class OutageDto {
  @ApiProperty({ example: SAMPLE_STORE_ID })
  store_id!: string;

  @ApiProperty({ type: String, nullable: true, example: 'Corner Shop', description: 'null: the store has no name.' })
  store_name!: string | null;

  @ApiProperty({ format: 'date-time', description: 'The first open instant of the outage.' })
  start!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'The time of the active poll that ended the outage, or, if the store was closed then, the end of the open time before it. null while the outage is ongoing.',
  })
  end!: string | null;

  @ApiProperty({ example: true })
  ongoing!: boolean;

  @ApiProperty({ example: 7_140_000, description: 'Open time lost: down_ms + carried_down_ms.' })
  open_ms!: number;

  @ApiProperty({ example: 2_700_000, description: 'The observed part of open_ms.' })
  down_ms!: number;

  @ApiProperty({ example: 4_440_000, description: 'The carried part of open_ms.' })
  carried_down_ms!: number;

  @ApiProperty({ type: PollTakenDto, description: 'The first inactive poll.' })
  started_by!: PollTakenDto;

  @ApiProperty({ type: PollTakenDto, nullable: true, description: 'The active poll that ended it.' })
  ended_by!: PollTakenDto | null;
}

export class OutagePageDto {
  @ApiProperty({ type: [OutageDto] })
  outages!: OutageDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Token of the next page; null on the last.' })
  next_page_token!: string | null;
}

export const toTimelineDto = (timeline: Timeline, page: TimelinePage): TimelineDto => ({
  store_id: timeline.storeId,
  timezone: timeline.calendar.zone,
  from: formatInstant(timeline.startMs),
  to: formatInstant(timeline.endMs),
  ...(page.openings && { openings: page.openings.map(toOpeningDto) }),
  ...(page.statuses && { statuses: page.statuses.map(toStatusDto) }),
  ...(page.hours && { hours: page.hours.map(toHourDto) }),
  ...(page.totals && { totals: toTotalsDto(page.totals) }),
  ...(page.polls && { polls: page.polls.map(toPollDto) }),
  next_page_token: page.nextMs === undefined ? null : encodePageStart({ window: timeline, keys: [page.nextMs] }),
});

const toOpeningDto = ({ startMs, endMs }: Interval): Pick<OpeningDto, keyof OpeningDto> => ({
  start: formatInstant(startMs),
  end: formatInstant(endMs),
});

const toStatusDto = (interval: StatusInterval): StatusIntervalDto => ({
  ...toOpeningDto(interval),
  ...describeKind(interval.kind),
  polled_at: interval.polledAtMs === undefined ? null : formatInstant(interval.polledAtMs),
});

const toPollDto = ({ polledAtMs, isActive }: Poll): PollTakenDto => ({
  polled_at: formatInstant(polledAtMs),
  status: isActive ? 'active' : 'inactive',
});

/** The evidence and the status of a kind. */
export function describeKind(kind: Evidence): Pick<StatusIntervalDto, 'kind' | 'status'> {
  if (kind === Evidence.unknown) return { kind: 'unknown', status: null };
  return {
    kind: kind === Evidence.up || kind === Evidence.down ? 'observed' : 'carried',
    status: kind === Evidence.up || kind === Evidence.carriedUp ? 'active' : 'inactive',
  };
}

const toHourDto = ({ hourMs, parts, polls }: RolledHour): HourlyRollupDto => ({
  hour: formatInstant(hourMs),
  ...toPartsDto(parts),
  polls,
});

function toTotalsDto({ parts, polls }: WindowFigures): TotalsDto {
  const counted = (basis: Basis): CountedDto => ({
    uptime_ms: uptimeMs(parts, basis),
    downtime_ms: downtimeMs(parts, basis),
    uptime_percent: uptimePercent(parts, basis),
  });
  return { ...toPartsDto(parts), polls, all: counted('all'), observed: counted('observed') };
}

export const toOutagePageDto = ({ outages, next }: OutagePage): OutagePageDto => ({
  outages: outages.map(toOutageDto),
  next_page_token: next ? encodePageStart(next) : null,
});

const toOutageDto = (outage: StoreOutage): OutageDto => ({
  store_id: outage.storeId,
  store_name: outage.storeName,
  start: formatInstant(outage.startMs),
  end: outage.isOngoing ? null : formatInstant(outage.endMs),
  ongoing: outage.isOngoing,
  open_ms: outage.openMs,
  down_ms: outage.downMs,
  carried_down_ms: outage.openMs - outage.downMs,
  started_by: { polled_at: formatInstant(outage.firstPollMs), status: 'inactive' },
  ended_by: outage.endPollMs === undefined ? null : { polled_at: formatInstant(outage.endPollMs), status: 'active' },
});
