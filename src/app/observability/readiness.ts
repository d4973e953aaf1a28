import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Whether this process accepts requests. It turns false before the process stops, so that load balancers use another one. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private readonly stopped = new AbortController();

  get isStopping(): boolean {
    return this.stopping.aborted;
  }

  /** Aborted as soon as this process starts to stop. */
  get stopping(): AbortSignal {
    return this.stopped.signal;
  }

  stop(): void {
    this.stopped.abort();
  }

  onModuleDestroy(): void {
    this.stop();
  }
}
