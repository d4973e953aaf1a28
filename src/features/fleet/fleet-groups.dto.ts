import { ApiProperty } from '@nestjs/swagger';
import { fieldsIn } from '../reports/request/report-columns.js';
import type { FleetGroup } from './fleet-groups.js';

export class FleetStoresDto {
  @ApiProperty({ type: 'integer', example: 200, description: 'up + down + silent + closed' })
  total!: number;

  @ApiProperty({ type: 'integer', example: 131, description: 'Stores that are open and observed active.' })
  up!: number;

  @ApiProperty({ type: 'integer', example: 9, description: 'Stores that are open and observed inactive.' })
  down!: number;

  @ApiProperty({ type: 'integer', example: 12, description: 'Stores that are open without a recent poll.' })
  silent!: number;

  @ApiProperty({ type: 'integer', example: 48, description: 'Stores outside their business hours.' })
  closed!: number;
}

export class FleetGroupDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', nullable: true },
    example: { region: 'North' },
    description: 'The value of each tag of group_by; null: the stores do not have it.',
  })
  tags!: object;

  @ApiProperty({ type: FleetStoresDto })
  stores!: FleetStoresDto;
}

export const toGroupDtos = (groups: readonly FleetGroup[], groupBy: readonly string[]): FleetGroupDto[] =>
  groups.map(({ values, total, counts }) => ({
    tags: fieldsIn(groupBy, values).tags ?? {},
    stores: { total, ...counts },
  }));
