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

/** How often it looks, as long as somebody watches. */
const LOOK_EVERY_MS = 2_000;

/**
 * grpc.health.v1: Check, Watch and List say what `/readyz` says, for the process (the name '') and for each of its services.
 * (The package's own implementation keeps what it is told, and its Watch streams would hold a server that stops.)
 * See https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
@Injectable()
export class GrpcHealth implements OnModuleDestroy {
  private readonly logger = new Logger('gRPC');
  private names: ReadonlySet<string> = new Set();
  private asked: Promise<ServingStatus> | undefined;
  private looking: NodeJS.Timeout | undefined;
  private isOver = false;
  /** Each with what it was told last. */
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

  /** When the server closes; Watch streams would hold it. */
  onModuleDestroy(): void {
    this.isOver = true;
    this.readiness.stop();
    for (const call of this.watches.keys()) end(call);
    this.watches.clear();
    clearInterval(this.looking);
  }

  private async check({ service: name }: HealthRequest, answer: sendUnaryData<HealthResponse>): Promise<void> {
    if (this.names.has(name)) return answer(null, { status: await this.ask() });
    const text = `There is no service ${quoteValue(name)} here; List names those that there are.`;
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
    this.looking ??= setInterval(() => void this.look(), LOOK_EVERY_MS);
    void this.look();
  }

  private async look(): Promise<void> {
    this.tell(await this.ask());
  }

  /** A client that does not read gets only the latest status, once it does. */
  private tell(now: ServingStatus): void {
    for (const [call, told] of this.watches) {
      const its = this.names.has(call.request.service) ? now : 'SERVICE_UNKNOWN';
      if (its === told || call.writableNeedDrain) continue;
      this.watches.set(call, its);
      call.write({ status: its });
    }
  }

  /** Many who ask at once cost one look. */
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

/** Not OK, so that the client tries again elsewhere. */
const end = (call: Watch): void =>
  void call.emit('error', { code: status.UNAVAILABLE, details: 'This process is stopping.' });
