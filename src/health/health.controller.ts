import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { DomainError } from '#libs/errors.js';
import { Public } from '../access/scope.js';
import { Database } from '../database/database.js';
import { Readiness } from './readiness.js';
import { ProblemDto } from '../transport/problem.dto.js';

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly readiness: Readiness,
  ) {}

  @Get('livez')
  @Public()
  @ApiOperation({ operationId: 'livez', summary: 'The process runs' })
  @ApiOkResponse({
    schema: { type: 'object', required: ['status'], properties: { status: { type: 'string', example: 'ok' } } },
  })
  livez(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Public()
  @ApiOperation({
    operationId: 'readyz',
    summary: 'The process can serve: the database answers, and it is not stopping',
  })
  @ApiOkResponse({
    schema: { type: 'object', required: ['status'], properties: { status: { type: 'string', example: 'ok' } } },
  })
  @ApiServiceUnavailableResponse({ type: ProblemDto })
  async readyz(): Promise<{ status: string }> {
    if (this.readiness.isStopping) throw new DomainError('unavailable', 'This process is stopping.');
    await this.database.pool.query('select 1');
    return { status: 'ok' };
  }
}
