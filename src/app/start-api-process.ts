import { Logger } from '@nestjs/common';
import { Clock } from '../platform/clock/clock.js';
import { within } from '../platform/clock/within.js';
import type { Settings } from '../platform/config/settings.js';
import { openDatabase } from './process-context.js';
import { startServer } from './start-server.js';
import type { Roles } from '../platform/config/roles.js';
import { BulkThread } from './bulk/bulk-thread.js';

/** The bulk thread needs at most two connections for each of two jobs, and one for each of four imports. */
const MAX_BULK_CONNECTIONS = 8;
/** A report and a rollup may each hold a connection and wait for another one. With three, one of them can continue. */
const MIN_BULK_CONNECTIONS = 3;
/** Of DATABASE_POOL_SIZE. */
const BULK_SHARE = 0.6;

/** Open requests and jobs have their own, shorter timeouts. Work that still waits for PostgreSQL after this is aborted. */
const STOP_TIMEOUT_MS = 10_000;

/**
 * How many connections each thread may hold. At least two remain for requests: no request holds one while it waits for another,
 * but the migrations do.
 */
export function connectionsOf(poolSize: number): { requests: number; bulk: number } {
  const bulk = Math.min(MAX_BULK_CONNECTIONS, Math.max(MIN_BULK_CONNECTIONS, Math.floor(poolSize * BULK_SHARE)));
  return { requests: poolSize - bulk, bulk };
}

export type ApiProcess = Awaited<ReturnType<typeof startServer>> & {
  /** Rejects when the bulk thread dies, or the embedded PostgreSQL cannot be restarted. The process cannot continue then. */
  readonly failed: Promise<void>;
  /** Ends requests and bulk work first, then the database. */
  readonly close: () => Promise<void>;
};

/**
 * The server of `serve` with the role `api`: requests run in this thread, imports and jobs in the bulk thread.
 * @param waitMs  how long to wait for PostgreSQL
 * @param stopped resolves when the server should stop; it then does not wait for the bulk thread to start
 */
export async function startApiProcess(
  settings: Settings,
  roles: Roles,
  waitMs = 0,
  stopped: Promise<void> = new Promise(() => {}),
): Promise<ApiProcess> {
  const { requests, bulk } = connectionsOf(settings.databasePoolSize);
  const { database, failed, close } = await openDatabase(settings, { poolSize: requests, waitMs, hasQueue: true });
  const thread = new BulkThread({
    settings,
    databaseUrl: database.url,
    connections: bulk,
    isWorker: roles.has('worker'),
  });
  const starting = startServer(settings, database, roles.without('worker'), new Clock(), thread);
  const closeAll = async (): Promise<void> => {
    const server = await starting.catch(() => undefined);
    // Imports are still accepted until the drain is over.
    await server?.drain();
    const stopping = Promise.allSettled([server?.stop(), thread.stop()]);
    const closed = await within<PromiseSettledResult<unknown>[]>(STOP_TIMEOUT_MS, stopping, async () => {
      const seconds = STOP_TIMEOUT_MS / 1_000;
      new Logger('Storewatch').warn(
        `Aborting work that did not finish within ${seconds} s. Uncommitted changes are rolled back.`,
      );
      await thread.terminate();
      return [];
    });
    await close();
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  };
  try {
    const [server] = await Promise.all([starting, Promise.race([thread.ready, stopped])]);
    return { ...server, failed: Promise.race([thread.ended, failed]), close: closeAll };
  } catch (error) {
    await closeAll().catch(() => {}); // report the first error
    throw error;
  }
}
