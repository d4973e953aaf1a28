import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Whether this process wants more requests. It says no before it stops, so that they go elsewhere. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private readonly stopped = new AbortController();

  get isStopping(): boolean {
    return this.stopping.aborted;
  }

  /** Aborted from the moment on that this process is stopping. */
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
