import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsOptional } from 'class-validator';
import { MAX_LENGTH } from '#libs/filter/parse.js';
import type { Basis } from '#libs/uptime/breakdown.js';
import { FILTER_EXAMPLE, filterText } from '../../edge/filter/api-filter.js';
import { REPORT_FORMATS, type ReportFormat } from './record/report.entity.js';
import { REPORT_COLUMNS, REPORT_GROUP_BY } from './request/report-columns.js';

export class TriggerReportDto {
  @ApiProperty({
    required: false,
    type: String,
    format: 'date-time',
    description: 'The end of all three windows, at most now. Default: the latest poll, or now if that is earlier.',
  })
  @IsOptional()
  as_of?: string;

  @ApiProperty({
    required: false,
    enum: ['all', 'observed'],
    default: 'all',
    description: 'all: carried time counts, and unknown time is downtime. observed: only observed time counts.',
  })
  @IsOptional()
  basis?: Basis;
}

export class WindowRequestDto {
  @ApiProperty({ example: 'last_3_days', pattern: '^[a-z][a-z0-9_]{0,39}$' })
  name!: string;

  @ApiProperty({ required: false, example: '3d', description: 'Elapsed time before as-of: 90s, 30m, 3h or 2d.' })
  duration?: string;

  @ApiProperty({
    required: false,
    format: 'date-time',
    description: 'The start, together with `to`, instead of a duration.',
  })
  from?: string;

  @ApiProperty({ required: false, format: 'date-time', description: 'The end, at most as_of.' })
  to?: string;
}

export class WebhookRequestDto {
  @ApiProperty({
    format: 'uri',
    maxLength: 2_000,
    example: 'https://example.com/storewatch',
    description: 'Receives a signed POST when the report ends. The server must have WEBHOOK_SECRET set.',
  })
  url!: string;
}

export class CreateReportDto extends TriggerReportDto {
  @ApiProperty({
    required: false,
    type: [String],
    maxItems: 10_000,
    description: 'Ids of existing stores. Default: all stores.',
  })
  @IsOptional()
  stores?: string[];

  @ApiProperty({
    required: false,
    maxLength: MAX_LENGTH,
    example: FILTER_EXAMPLE,
    description: `${filterText()} They are chosen when the report is made. Default: all stores.`,
  })
  @IsOptional()
  filter?: string;

  @ApiProperty({
    required: false,
    type: [WindowRequestDto],
    maxItems: 50,
    description: 'Each up to 400 days long. Default: the last hour, day and week.',
  })
  @IsOptional()
  windows?: WindowRequestDto[];

  @ApiProperty({
    required: false,
    enum: REPORT_FORMATS,
    default: 'csv',
    description: 'csv has seven columns when windows is absent; otherwise it has the six parts of each window, in ms.',
  })
  @Allow()
  format?: ReportFormat;

  @ApiProperty({
    ...REPORT_COLUMNS,
    required: false,
    description: 'name, and tags as tags.KEY: columns of a CSV after the others; name and tags of each store in JSON.',
  })
  @IsOptional()
  columns?: string[];

  @ApiProperty({
    ...REPORT_GROUP_BY,
    required: false,
    description: 'Tags as tags.KEY. One row for each group of stores with the same values: sums in ms, and stores.',
  })
  @IsOptional()
  group_by?: string[];

  @ApiProperty({ required: false, type: WebhookRequestDto })
  @IsOptional()
  webhook?: WebhookRequestDto;
}
