import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsArray, IsOptional } from 'class-validator';
import type { BusinessHours, LocalHours } from '#libs/calendar/calendar.js';
import { formatLocalDate } from '#libs/calendar/local-date.js';
import { invalidArgument, quoteValue } from '#libs/errors.js';
import { SAMPLE_STORE_ID } from '../../sample-data/examples.js';
import { formatHours } from './calendar-input.js';
import type { BusinessHoursInput } from './calendar-input.js';
import type { StoreCalendar } from './timezones.service.js';
import { KEY_FORM, MAX_TEXT_LENGTH, type Tags } from './names-and-tags.js';
import type { StoreRow } from './stores.repository.js';

const TAGS = {
  type: 'object',
  additionalProperties: { type: 'string' },
  example: { region: 'North', brand: 'Corner' },
} as const;

export class LocalHoursDto {
  @ApiProperty({
    example: '09:00:00',
    description:
      'A local time: 9:00, 09:00:00 or 9:00 AM. 26:00 is 02:00 on the next date; up to 30:00. Closed in either field means no opening.',
  })
  start_time_local!: string;

  @ApiProperty({
    example: '17:30:00',
    description: 'A time at or before the start is on the next day. 23:59 or later means the end of the day.',
  })
  end_time_local!: string;
}

export class BusinessHoursDto extends LocalHoursDto {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: 6,
    example: 0,
    description:
      'The local date on which the opening starts: 0 (Monday) to 6 (Sunday). English day names are accepted too.',
  })
  day_of_week!: number;
}

export class SetBusinessHoursDto {
  @ApiProperty({ type: [BusinessHoursDto], description: 'The whole week. An empty list means open around the clock.' })
  @IsArray()
  business_hours!: BusinessHoursDto[];
}

export class SetTimezoneDto {
  @ApiProperty({ example: 'America/New_York', description: 'IANA name.' })
  @Allow()
  timezone!: string;
}

export class SetSpecialHoursDto {
  @ApiProperty({
    type: [LocalHoursDto],
    description: 'The openings that start on this local date, instead of the weekly ones. An empty list means closed.',
  })
  @IsArray()
  hours!: LocalHoursDto[];
}

export class SetLifeDto {
  @ApiProperty({ type: String, format: 'date', nullable: true, required: false, example: '2026-03-04' })
  @IsOptional()
  opened_on?: string | null;

  @ApiProperty({ type: String, format: 'date', nullable: true, required: false, example: null })
  @IsOptional()
  closed_on?: string | null;
}

export class UpdateStoreDto {
  @ApiProperty({
    type: String,
    nullable: true,
    required: false,
    maxLength: MAX_TEXT_LENGTH,
    example: 'Corner Shop',
    description: 'null or empty: no name. Absent: the name stays.',
  })
  @Allow()
  name?: string | null;

  @ApiProperty({
    ...TAGS,
    selfRequired: false,
    additionalProperties: { type: 'string', nullable: true, maxLength: MAX_TEXT_LENGTH },
    description: `Values by key. null or an empty value removes the tag; other tags stay. A key has ${KEY_FORM}. A store has at most 32 tags.`,
  })
  @Allow()
  tags?: Readonly<Record<string, string | null>>;
}

export class SpecialDayDto extends SetSpecialHoursDto {
  @ApiProperty({ format: 'date', example: '2026-12-25' })
  date!: string;
}

const NAME = {
  type: String,
  nullable: true,
  example: 'Corner Shop',
  description: 'What people call the store; null: no name.',
} as const;

export class StoreDto {
  @ApiProperty({ example: SAMPLE_STORE_ID })
  store_id!: string;

  @ApiProperty(NAME)
  name!: string | null;

  @ApiProperty({ ...TAGS, description: 'Values by key.' })
  tags!: Tags;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'America/New_York',
    description: 'IANA name as it was set; null if it was never set.',
  })
  timezone!: string | null;
}

export class StorePageDto {
  @ApiProperty({ type: [StoreDto] })
  stores!: StoreDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Token of the next page; null on the last.' })
  next_page_token!: string | null;
}

export class StoreCalendarDto {
  @ApiProperty({ example: SAMPLE_STORE_ID })
  store_id!: string;

  @ApiProperty(NAME)
  name!: string | null;

  @ApiProperty({ ...TAGS, description: 'Values by key.' })
  tags!: Tags;

  @ApiProperty({ example: 'America/New_York', description: 'The timezone in use.' })
  timezone!: string;

  @ApiProperty({ example: false, description: 'Whether the default timezone is used because none was set.' })
  timezone_is_default!: boolean;

  @ApiProperty({ type: [BusinessHoursDto], description: 'An empty list means open around the clock.' })
  business_hours!: BusinessHoursDto[];

  @ApiProperty({ type: [SpecialDayDto], description: 'Ordered by date.' })
  special_hours!: SpecialDayDto[];

  @ApiProperty({
    type: String,
    format: 'date',
    nullable: true,
    example: null,
    description: 'The first local date with openings; null: not known.',
  })
  opened_on!: string | null;

  @ApiProperty({
    type: String,
    format: 'date',
    nullable: true,
    example: null,
    description: 'The last local date with openings; null: the store stays open.',
  })
  closed_on!: string | null;
}

export class TimezonesDto {
  @ApiProperty({ type: [String], example: ['America/Chicago', 'America/New_York'] })
  timezones!: string[];

  @ApiProperty({ example: '2026a', description: 'Version of the tz database.' })
  tz_version!: string;
}

export const toStoreDto = ({ storeId, name, tags, timezone }: StoreRow): StoreDto => ({
  store_id: storeId,
  name,
  tags,
  timezone,
});

export const toStoreCalendarDto = (calendar: StoreCalendar): StoreCalendarDto => ({
  store_id: calendar.storeId,
  name: calendar.name,
  tags: calendar.tags,
  timezone: calendar.zone,
  timezone_is_default: calendar.zoneIsDefault,
  business_hours: calendar.weekly.map(toBusinessHoursDto),
  special_hours: [...(calendar.special ?? [])].map(([date, hours]) => ({
    date: formatLocalDate(date),
    hours: hours.map(toLocalHoursDto),
  })),
  opened_on: calendar.openedOn === undefined ? null : formatLocalDate(calendar.openedOn),
  closed_on: calendar.closedOn === undefined ? null : formatLocalDate(calendar.closedOn),
});

function toBusinessHoursDto(hours: BusinessHours): BusinessHoursDto {
  const [start, end] = formatHours(hours);
  return { day_of_week: hours.dayOfWeek, start_time_local: start, end_time_local: end };
}

function toLocalHoursDto(hours: LocalHours): LocalHoursDto {
  const [start, end] = formatHours(hours);
  return { start_time_local: start, end_time_local: end };
}

/**
 * Passes rows on as given; the service reports a row that is not an object.
 * @throws DomainError invalid_argument when a row has an unknown field
 */
export const fromHoursDto = (name: string, rows: readonly unknown[], fields: readonly string[]): BusinessHoursInput[] =>
  rows.map((row, index) => {
    const given: Record<string, unknown> = typeof row === 'object' && row !== null ? { ...row } : {};
    const unknown = Object.keys(given).find((field) => !fields.includes(field));
    if (unknown !== undefined) {
      const path = `${name}[${index}]`;
      throw invalidArgument(`${path}.${unknown}`, `${path}: there is no field ${quoteValue(unknown)}.`);
    }
    return {
      dayOfWeek: given.day_of_week,
      startTimeLocal: given.start_time_local,
      endTimeLocal: given.end_time_local,
    };
  });

export const LOCAL_HOURS_FIELDS = ['start_time_local', 'end_time_local'];
export const BUSINESS_HOURS_FIELDS = ['day_of_week', ...LOCAL_HOURS_FIELDS];
