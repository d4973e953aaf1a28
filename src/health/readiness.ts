import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Whether this process wants more requests. It says no before it stops, so that they go elsewhere. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private stopping = false;

  get isStopping(): boolean {
    return this.stopping;
  }

  stop(): void {
    this.stopping = true;
  }

  onModuleDestroy(): void {
    this.stop();
  }
}
