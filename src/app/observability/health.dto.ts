import { ApiProperty } from '@nestjs/swagger';
import { type Checks, type Check } from './health.service.js';

class CheckDto {
  @ApiProperty({ enum: ['ok', 'failed'] })
  status!: Check['status'];
}

class ChecksDto implements Checks {
  @ApiProperty({ type: CheckDto })
  database!: Check;

  @ApiProperty({ type: CheckDto })
  migrations!: Check;

  @ApiProperty({ type: CheckDto })
  storage!: Check;

  @ApiProperty({ type: CheckDto })
  queue!: Check;
}

export class LiveDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

export class ReadyDto extends LiveDto {
  @ApiProperty({ type: ChecksDto })
  checks!: Checks;
}
