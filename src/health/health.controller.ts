import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/scope.js';
import { Readiness } from './readiness.js';
import { ProblemDto } from '../transport/problem.dto.js';

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('livez')
  @Public()
  @ApiOperation({ operationId: 'livez', summary: 'The process runs' })
  @ApiOkResponse({ schema: { properties: { status: { type: 'string', example: 'ok' } } } })
  livez(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Public()
  @ApiOperation({
    operationId: 'readyz',
    summary: 'The process can serve: the database answers, and it is not stopping',
  })
  @ApiOkResponse({ schema: { properties: { status: { type: 'string', example: 'ok' } } } })
  @ApiServiceUnavailableResponse({ type: ProblemDto })
  async readyz(): Promise<{ status: string }> {
    await this.readiness.check();
    return { status: 'ok' };
  }
}
