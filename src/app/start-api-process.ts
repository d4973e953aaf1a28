import { Logger } from '@nestjs/common';
import { Clock } from '../platform/clock/clock.js';
import { within } from '../platform/clock/within.js';
import type { Settings } from '../platform/config/settings.js';
import { openDatabase } from './process-context.js';
import { startServer } from './main.js';
import type { Roles } from '../platform/config/roles.js';
import { BulkThread } from './bulk/bulk-thread.js';

/**
 * Of DATABASE_POOL_SIZE, what the bulk thread may hold at most: two connections for each of two jobs and one for each of four
 * imports.
 */
const MOST = 8;
/** A report and a roll-up may each hold a connection and wait for another one: with three, one of them goes on. */
const LEAST = 3;
const SHARE = 0.6;

/** Requests and jobs in hand have some seconds each; what still waits for PostgreSQL then, for a lock or an answer, is broken off. */
const STOP_TIMEOUT_MS = 10_000;

/**
 * How many connections each thread may hold. No request holds one and waits for another, but the migrations do at the start:
 * so two are left at least.
 */
export function connectionsOf(poolSize: number): { requests: number; bulk: number } {
  const bulk = Math.min(MOST, Math.max(LEAST, Math.floor(poolSize * SHARE)));
  return { requests: poolSize - bulk, bulk };
}

export type TwoThreads = Awaited<ReturnType<typeof startServer>> & {
  /** Rejects when the bulk thread dies, or the embedded PostgreSQL for good: nothing is right any longer then. */
  readonly failed: Promise<void>;
  /** Ends everything in order: requests and bulk work, then what they stand on. */
  readonly close: () => Promise<void>;
};

/**
 * The server as `serve` runs it with the role `api`: requests in this thread, imports and the worker in another one.
 * @param waitMs  how long PostgreSQL is waited for
 * @param stopped resolves when the server is to stop: then the other thread is not waited for
 */
export async function startTwoThreads(
  settings: Settings,
  roles: Roles,
  waitMs = 0,
  stopped: Promise<void> = new Promise(() => {}),
): Promise<TwoThreads> {
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
    // Until the drain is over, files are still loaded.
    await server?.drain();
    const stopping = Promise.allSettled([server?.stop(), thread.stop()]);
    const closed = await within<PromiseSettledResult<unknown>[]>(STOP_TIMEOUT_MS, stopping, async () => {
      const seconds = STOP_TIMEOUT_MS / 1_000;
      new Logger('Storewatch').warn(
        `Work in hand did not end within ${seconds} s and is broken off. What it did not commit is not done.`,
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
    await closeAll().catch(() => {}); // what went wrong first is told
    throw error;
  }
}
