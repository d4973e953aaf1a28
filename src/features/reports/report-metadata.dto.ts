import { ApiProperty } from '@nestjs/swagger';
import type { Basis } from '#libs/uptime/breakdown.js';
import type { ReportMetadata, WindowMetadata } from './record/report-metadata.js';

export class WindowDto {
  @ApiProperty({ example: 'last_hour' })
  name!: string;

  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiProperty({ format: 'date-time' })
  to!: string;
}

export class WindowAccountDto extends WindowDto implements WindowMetadata {
  @ApiProperty({ example: 14_021, description: 'Polls in the window, inside openings or not.' })
  polls!: number;

  @ApiProperty({ example: 310, description: "Stores without any poll before the window's end." })
  stores_never_polled!: number;

  @ApiProperty({ example: 41, description: 'Stores that were polled before the window, but not in it.' })
  stores_silent!: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 0.8316,
    description: "The observed share of all stores' open time, 0 to 1; null when no store was open.",
  })
  observed_share!: number | null;
}

export class ReportAccountDto implements ReportMetadata {
  @ApiProperty({ format: 'date-time' })
  as_of!: string;

  @ApiProperty({ enum: ['all', 'observed'] })
  basis!: Basis;

  @ApiProperty({
    type: String,
    nullable: true,
    required: false,
    example: null,
    description: 'Only stores that matched this filter; null: no filter. Absent in reports of older versions.',
  })
  filter?: string | null;

  @ApiProperty({ example: 10_800_000, description: 'The setting POLL_VALID_FOR, in ms.' })
  poll_valid_for_ms!: number;

  @ApiProperty({ example: '2026a', description: 'Version of the tz database.' })
  tz_version!: string;

  @ApiProperty({ example: 14_000 })
  stores!: number;

  @ApiProperty({ type: [WindowAccountDto] })
  windows!: readonly WindowAccountDto[];
}
