import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DomainError } from '#libs/errors.js';
import { Database } from '../database/database.js';

/** Whether this process wants more requests. It says no before it stops, so that they go elsewhere. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private readonly stopped = new AbortController();

  constructor(private readonly database: Database) {}

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

  /** @throws what it wants for */
  async check(): Promise<void> {
    if (this.isStopping) throw new DomainError('unavailable', 'This process is stopping.');
    await this.database.pool.query('select 1');
  }
}
