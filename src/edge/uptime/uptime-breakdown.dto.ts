import { ApiProperty } from '@nestjs/swagger';

/** `open_ms` is the sum of the other five. */
export class PartsDto {
  @ApiProperty({ example: 10_800_000 })
  open_ms!: number;

  @ApiProperty({ example: 3_660_000, description: 'Observed active.' })
  up_ms!: number;

  @ApiProperty({ example: 2_700_000, description: 'Observed inactive.' })
  down_ms!: number;

  @ApiProperty({ example: 0, description: 'Carried active.' })
  carried_up_ms!: number;

  @ApiProperty({ example: 4_440_000, description: 'Carried inactive.' })
  carried_down_ms!: number;

  @ApiProperty({ example: 0, description: 'Before the first poll.' })
  unknown_ms!: number;
}
