import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import {
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { DomainError, quoteValue } from '#libs/errors.js';
import { grpcError } from '../../edge/grpc/grpc-error.filter.js';
import { HealthService } from './health.service.js';
import { Readiness } from './readiness.js';

type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

interface HealthRequest {
  readonly service: string;
}
interface HealthResponse {
  readonly status: ServingStatus;
}
interface HealthListResponse {
  readonly statuses: Readonly<Record<string, HealthResponse>>;
}
type Watch = ServerWritableStream<HealthRequest, HealthResponse>;

/** How often the status is checked while a client watches. */
const CHECK_INTERVAL_MS = 2_000;

/**
 * grpc.health.v1: Check, Watch and List return the result of `/readyz`, for the process (the name '') and for each service.
 * (The package's own implementation returns a status that must be set, and its Watch streams keep a server from stopping.)
 * See https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
@Injectable()
export class GrpcHealth implements OnModuleDestroy {
  private readonly logger = new Logger('gRPC');
  private names: ReadonlySet<string> = new Set();
  private asked: Promise<ServingStatus> | undefined;
  private looking: NodeJS.Timeout | undefined;
  private isOver = false;
  /** Each with the last status sent. */
  private readonly watches = new Map<Watch, ServingStatus | undefined>();

  constructor(
    private readonly readiness: Readiness,
    private readonly health: HealthService,
  ) {
    readiness.stopping.addEventListener('abort', () => this.tell('NOT_SERVING'));
  }

  /** @param services full names, such as `storewatch.v1.ReportsService` */
  addToServer(server: Server, services: readonly string[]): void {
    this.names = new Set(['', ...services]);
    server.addService(service, {
      check: ({ request }: ServerUnaryCall<HealthRequest, HealthResponse>, answer: sendUnaryData<HealthResponse>) =>
        void this.check(request, answer),
      list: (_call: unknown, answer: sendUnaryData<HealthListResponse>) => void this.list(answer),
      watch: (call: Watch) => this.watch(call),
    });
  }

  /** Ends the Watch streams, which would keep the server from closing. */
  onModuleDestroy(): void {
    this.isOver = true;
    this.readiness.stop();
    for (const call of this.watches.keys()) end(call);
    this.watches.clear();
    clearInterval(this.looking);
  }

  private async check({ service: name }: HealthRequest, answer: sendUnaryData<HealthResponse>): Promise<void> {
    if (this.names.has(name)) return answer(null, { status: await this.ask() });
    const text = `service must be a service of this server, got ${quoteValue(name)}; the method List returns them.`;
    answer(grpcError(new DomainError('not_found', text), this.logger));
  }

  private async list(answer: sendUnaryData<HealthListResponse>): Promise<void> {
    const now = await this.ask();
    answer(null, { statuses: Object.fromEntries([...this.names].map((name) => [name, { status: now }])) });
  }

  private watch(call: Watch): void {
    if (this.isOver) return end(call);
    this.watches.set(call, undefined);
    call.on('cancelled', () => {
      this.watches.delete(call);
      if (this.watches.size > 0) return;
      clearInterval(this.looking);
      this.looking = undefined;
    });
    this.looking ??= setInterval(() => void this.look(), CHECK_INTERVAL_MS);
    void this.look();
  }

  private async look(): Promise<void> {
    this.tell(await this.ask());
  }

  /** A slow client skips intermediate statuses and receives only the latest. */
  private tell(now: ServingStatus): void {
    for (const [call, told] of this.watches) {
      const its = this.names.has(call.request.service) ? now : 'SERVICE_UNKNOWN';
      if (its === told || call.writableNeedDrain) continue;
      this.watches.set(call, its);
      call.write({ status: its });
    }
  }

  /** Concurrent calls share one check. */
  private ask(): Promise<ServingStatus> {
    this.asked ??= this.health
      .ready()
      .then(
        (): ServingStatus => (this.readiness.isStopping ? 'NOT_SERVING' : 'SERVING'),
        (): ServingStatus => 'NOT_SERVING',
      )
      .finally(() => (this.asked = undefined));
    return this.asked;
  }
}

/** UNAVAILABLE rather than OK, so that the client retries elsewhere. */
const end = (call: Watch): void =>
  void call.emit('error', { code: status.UNAVAILABLE, details: 'This process is stopping.' });
