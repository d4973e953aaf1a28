import { AsyncLocalStorage } from 'node:async_hooks';
import { callbackify } from 'node:util';
import type { Pool, PoolClient } from 'pg';
import { DomainError } from '#libs/errors.js';
import { formatDuration } from '#libs/instant/duration.js';
import { within } from '../clock/within.js';
import { queryOnSideConnection } from './side-connection.js';
import { inLimit } from './store-limit.js';

/** The scope of a request that a client is waiting for. Bulk work (imports, roll-ups, reports, migrations) has none. */
export interface RequestScope {
  /** Aborted, with a DomainError as the reason, when the client disconnects or the request takes too long. */
  readonly abort: AbortController;
  readonly statementTimeoutMs: number;
}

/** Limits how long opening a connection may take, and how long a request waits for one from the pool. */
export const CONNECT_TIMEOUT_MS = 10_000;
/**
 * Maximum number of waiting requests per pool connection. More could not be served in time and would only use memory.
 * Bulk work does not count.
 */
const WAITING_PER_CONNECTION = 25;
/**
 * Added to the statement timeout. By then PostgreSQL has cancelled the statement itself, unless the connection is dead.
 */
const GRACE_MS = 5_000;
/** A connection used within this time is not checked before reuse. */
const SKIP_CHECK_WITHIN_MS = 3_000;
const ALIVE_TIMEOUT_MS = 3_000;
const QUEUE_TIMEOUT = 'timeout exceeded when trying to connect'; // pg-pool's message

const requests = new AsyncLocalStorage<RequestScope>();

/** Runs `work` in the scope of the request, including everything that it starts. */
export const inRequest = <T>(request: RequestScope, work: () => T): T => requests.run(request, work);

/** Runs `work` outside any request scope and without a caller's limit, including everything that it starts. */
export const outsideRequests = <T>(work: () => T): T => requests.exit(() => inLimit(undefined, work));

export const currentRequest = (): RequestScope | undefined => requests.getStore();

/**
 * Ties a pool's connections to the request that takes them. When the request is aborted, its connection is closed and
 * PostgreSQL is told to cancel the query. Bulk work waits for a connection indefinitely.
 */
export function obeyRequests(pool: Pool): void {
  const connectAny = pool.connect.bind(pool) as () => Promise<PoolClient>;
  const held = new WeakMap<PoolClient, () => void>();
  const idleSinceMs = new WeakMap<PoolClient, number>();
  // pg rejects the query of a lost connection and also emits "error" on the client. Unhandled, that would crash the
  // process.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('release', (_error, client) => {
    held.get(client)?.();
    held.delete(client);
    idleSinceMs.set(client, performance.now());
  });
  const connect = async (): Promise<PoolClient> => {
    for (;;) {
      const client = await connectAny();
      const idleMs = performance.now() - (idleSinceMs.get(client) ?? Infinity);
      if (idleMs < SKIP_CHECK_WITHIN_MS || (await isAlive(client))) return client;
      client.release(true);
    }
  };

  let waiting = 0;
  const take = async (): Promise<PoolClient> => {
    const request = currentRequest();
    if (!request) return withoutTimeout(connect);
    const { abort } = request;
    abort.signal.throwIfAborted();
    if (waiting >= WAITING_PER_CONNECTION * pool.options.max) {
      const message = `Too many requests (${waiting}) are waiting for the database. Try again in 1 s.`;
      throw new DomainError('resource_exhausted', message, { retryAfterSeconds: 1 });
    }
    waiting++;
    // Not earlier, even if the request is aborted: until then it still has its place in the pool's queue.
    const connecting = connect().finally(() => waiting--);
    const client = await unlessAborted(connecting, abort.signal);
    if (abort.signal.aborted) client.release();
    abort.signal.throwIfAborted();
    const abandon = (): void => {
      void client.end();
      const { processID } = client as PoolClient & { processID: number };
      // If this fails, PostgreSQL finishes a query whose result is not used.
      queryOnSideConnection(pool.options, 'select pg_cancel_backend($1)', [processID]).catch(() => {});
    };
    const timer = setTimeout(() => abort.abort(tookTooLong(request)), request.statementTimeoutMs + GRACE_MS);
    abort.signal.addEventListener('abort', abandon);
    held.set(client, () => {
      clearTimeout(timer);
      abort.signal.removeEventListener('abort', abandon);
    });
    return client;
  };

  // pg-pool's own query() passes a callback; all other callers await a promise.
  const takeAndCall = callbackify(take);
  pool.connect = ((callback?: Parameters<typeof takeAndCall>[0]) =>
    callback ? takeAndCall(callback) : take()) as Pool['connect'];
}

export const tookTooLong = ({ statementTimeoutMs }: RequestScope, cause?: unknown): DomainError =>
  new DomainError(
    'deadline_exceeded',
    `The database query took longer than ${formatDuration(statementTimeoutMs)} (STATEMENT_TIMEOUT). Request less at once, or try again later.`,
    { cause },
  );

/** Whether the server responds: a silently cut connection looks like any other. */
function isAlive(client: PoolClient): Promise<boolean> {
  const answer = client.query('select 1').then(
    () => true,
    () => false,
  );
  return within(ALIVE_TIMEOUT_MS, answer, () => false);
}

async function withoutTimeout(connect: () => Promise<PoolClient>): Promise<PoolClient> {
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      if (!(error instanceof Error) || error.message !== QUEUE_TIMEOUT) throw error;
    }
  }
}

/** Returns the connection, or throws the signal's reason. A connection that arrives too late goes back to the pool. */
async function unlessAborted(connecting: Promise<PoolClient>, signal: AbortSignal): Promise<PoolClient> {
  let giveUp = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => {
      connecting.then(
        (client) => client.release(),
        () => {},
      );
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', giveUp);
  });
  try {
    return await Promise.race([connecting, aborted]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
