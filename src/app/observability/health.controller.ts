import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { ForAllStores, RequireScope, Public } from '../../edge/access/require-scope.js';
import { EXPOSITION_TYPE, Exposition } from './exposition.js';
import { ProblemDto } from '../../edge/errors/problem.dto.js';
import { LiveDto, ReadyDto } from './health.dto.js';
import { HealthService } from './health.service.js';

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly exposition: Exposition,
  ) {}

  @Get('livez')
  @Public()
  @ApiOperation({ operationId: 'livez', summary: 'Liveness check' })
  @ApiOkResponse({ type: LiveDto })
  livez(): LiveDto {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Public()
  @ApiOperation({
    operationId: 'readyz',
    summary: 'Readiness check of database, migrations, storage and queue',
  })
  @ApiOkResponse({ type: ReadyDto })
  @ApiServiceUnavailableResponse({
    type: ProblemDto,
    description: 'Not ready. `checks` has the result of each check and, for a failed one, the reason.',
  })
  async readyz(): Promise<ReadyDto> {
    return { status: 'ok', checks: await this.health.ready() };
  }

  @Get('metrics')
  @RequireScope('read')
  @ForAllStores()
  @Header('Content-Type', EXPOSITION_TYPE)
  @ApiOperation({ operationId: 'getMetrics', summary: 'Metrics of this process, for Prometheus' })
  @ApiOkResponse({
    content: {
      'text/plain': {
        schema: { type: 'string' },
        example:
          '# TYPE storewatch_polls_total counter\nstorewatch_polls_total{source="rest",outcome="inserted"} 200\n',
      },
    },
  })
  metrics(): Promise<string> {
    return this.exposition.text();
  }
}
