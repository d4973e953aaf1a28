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
  private pending: Promise<ServingStatus> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  /** Each with the last status sent. */
  private readonly watches = new Map<Watch, ServingStatus | undefined>();

  constructor(
    private readonly readiness: Readiness,
    private readonly health: HealthService,
  ) {
    readiness.stopping.addEventListener('abort', () => this.send('NOT_SERVING'));
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
    this.isClosed = true;
    this.readiness.stop();
    for (const call of this.watches.keys()) end(call);
    this.watches.clear();
    clearInterval(this.timer);
  }

  private async check({ service: name }: HealthRequest, answer: sendUnaryData<HealthResponse>): Promise<void> {
    if (this.names.has(name)) return answer(null, { status: await this.currentStatus() });
    const text = `service must be a service of this server, got ${quoteValue(name)}; the method List returns them.`;
    answer(grpcError(new DomainError('not_found', text), this.logger));
  }

  private async list(answer: sendUnaryData<HealthListResponse>): Promise<void> {
    const now = await this.currentStatus();
    answer(null, { statuses: Object.fromEntries([...this.names].map((name) => [name, { status: now }])) });
  }

  private watch(call: Watch): void {
    if (this.isClosed) return end(call);
    this.watches.set(call, undefined);
    call.on('cancelled', () => {
      this.watches.delete(call);
      if (this.watches.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    });
    this.timer ??= setInterval(() => void this.update(), CHECK_INTERVAL_MS);
    void this.update();
  }

  private async update(): Promise<void> {
    this.send(await this.currentStatus());
  }

  /** A slow client skips intermediate statuses and receives only the latest. */
  private send(now: ServingStatus): void {
    for (const [call, sent] of this.watches) {
      const current = this.names.has(call.request.service) ? now : 'SERVICE_UNKNOWN';
      if (current === sent || call.writableNeedDrain) continue;
      this.watches.set(call, current);
      call.write({ status: current });
    }
  }

  /** Concurrent calls share one check. */
  private currentStatus(): Promise<ServingStatus> {
    this.pending ??= this.health
      .ready()
      .then(
        (): ServingStatus => (this.readiness.isStopping ? 'NOT_SERVING' : 'SERVING'),
        (): ServingStatus => 'NOT_SERVING',
      )
      .finally(() => (this.pending = undefined));
    return this.pending;
  }
}

/** UNAVAILABLE rather than OK, so that the client retries elsewhere. */
const end = (call: Watch): void =>
  void call.emit('error', { code: status.UNAVAILABLE, details: 'This process is stopping.' });
