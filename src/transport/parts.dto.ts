import { ApiProperty } from '@nestjs/swagger';
import { type Basis, type Parts, downtimeMs, uptimeMs } from '#libs/uptime/parts.js';

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

export const toPartsDto = (parts: Readonly<Parts>): Pick<PartsDto, keyof PartsDto> => ({
  open_ms: parts.openMs,
  up_ms: parts.upMs,
  down_ms: parts.downMs,
  carried_up_ms: parts.carriedUpMs,
  carried_down_ms: parts.carriedDownMs,
  unknown_ms: parts.unknownMs,
});

/** Uptime in percent of uptime and downtime, two decimals, rounded half up; null where both are zero. */
export function uptimePercent(parts: Readonly<Parts>, basis: Basis): number | null {
  const up = uptimeMs(parts, basis);
  const all = up + downtimeMs(parts, basis);
  return all === 0 ? null : Math.floor((up * 10_000) / all + 0.5) / 100;
}
