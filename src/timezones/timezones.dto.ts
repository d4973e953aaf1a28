import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsArray } from 'class-validator';
import { formatLocalTime } from '#libs/calendar/local-time.js';
import type { BusinessHoursInput, StoreCalendar } from './timezones.service.js';
import type { StoreRow } from './stores.repository.js';

export class BusinessHoursDto {
  @ApiProperty({
    minimum: 0,
    maximum: 6,
    example: 0,
    description: '0 is Monday: the local date on which the opening starts.',
  })
  day_of_week!: number;

  @ApiProperty({ example: '09:00:00' })
  start_time_local!: string;

  @ApiProperty({
    example: '17:30:00',
    description: 'At or before the start: on the next day. 23:59 or later: the end of the day.',
  })
  end_time_local!: string;
}

export class SetBusinessHoursDto {
  @ApiProperty({ type: [BusinessHoursDto], description: 'The whole week; none: open round the clock.' })
  @IsArray()
  business_hours!: BusinessHoursDto[];
}

export class SetTimezoneDto {
  @ApiProperty({ example: 'America/New_York', description: 'IANA name.' })
  @Allow()
  timezone!: string;
}

export class StoreDto {
  @ApiProperty({ example: '8139926242460185114' })
  store_id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'America/New_York',
    description: 'As given; null where none was.',
  })
  timezone!: string | null;
}

export class StorePageDto {
  @ApiProperty({ type: [StoreDto] })
  stores!: StoreDto[];

  @ApiProperty({ type: String, nullable: true, description: 'For the next page; null on the last.' })
  next_page_token!: string | null;
}

export class StoreCalendarDto {
  @ApiProperty({ example: '8139926242460185114' })
  store_id!: string;

  @ApiProperty({ example: 'America/New_York', description: 'The zone in use.' })
  timezone!: string;

  @ApiProperty({ description: 'No zone was given, so the default is used.' })
  timezone_is_default!: boolean;

  @ApiProperty({ type: [BusinessHoursDto], description: 'None: open round the clock.' })
  business_hours!: BusinessHoursDto[];
}

export class TimezonesDto {
  @ApiProperty({ type: [String], example: ['America/Chicago', 'America/New_York'] })
  timezones!: string[];

  @ApiProperty({ example: '2026a', description: 'Version of the tz database.' })
  tz_version!: string;
}

export const toStoreDto = ({ storeId, timezone }: StoreRow): StoreDto => ({ store_id: storeId, timezone });

export const toStoreCalendarDto = (calendar: StoreCalendar): StoreCalendarDto => ({
  store_id: calendar.storeId,
  timezone: calendar.timezone,
  timezone_is_default: calendar.timezoneIsDefault,
  business_hours: calendar.businessHours.map(({ dayOfWeek, startMs, endMs }) => ({
    day_of_week: dayOfWeek,
    start_time_local: formatLocalTime(startMs),
    end_time_local: formatLocalTime(endMs),
  })),
});

/** The rows as they came: the service says what is wrong with one that is not even an object. */
export const fromBusinessHoursDto = (rows: readonly unknown[]): BusinessHoursInput[] =>
  rows.map((row) => {
    const fields: Record<string, unknown> = typeof row === 'object' && row !== null ? { ...row } : {};
    return {
      dayOfWeek: fields.day_of_week,
      startTimeLocal: fields.start_time_local,
      endTimeLocal: fields.end_time_local,
    };
  });
