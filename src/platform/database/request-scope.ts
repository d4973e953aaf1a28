import { AsyncLocalStorage } from 'node:async_hooks';
import { callbackify } from 'node:util';
import type { Pool, PoolClient } from 'pg';
import { DomainError } from '#libs/errors.js';
import { formatDuration } from '#libs/instant/duration.js';
import { within } from '../clock/within.js';
import { queryOnSideConnection } from './side-connection.js';

/** The scope of a request that a client waits for. Bulk work (imports, roll-ups, reports, migrations) has none. */
export interface RequestScope {
  /** Aborted, with the reason as a DomainError, when nobody waits any longer or it takes too long. */
  readonly abort: AbortController;
  readonly statementTimeoutMs: number;
}

/** How long a connection to PostgreSQL may take to open, and a request waits for one of the pool. */
export const CONNECT_TIMEOUT_MS = 10_000;
/**
 * Requests that wait for a connection, for each that there is; more would not be served in time and only cost memory. Work of the
 * process itself takes nobody's place.
 */
const WAITING_PER_CONNECTION = 25;
/** By then PostgreSQL has ended a statement itself, unless it cannot be heard. */
const GRACE_MS = 5_000;
/** A connection that was used so recently needs no question first. */
const SURELY_ALIVE_MS = 3_000;
const ALIVE_TIMEOUT_MS = 3_000;
const QUEUE_TIMEOUT = 'timeout exceeded when trying to connect'; // pg-pool's message

const requests = new AsyncLocalStorage<RequestScope>();

/** Whatever `work` does, and begins, belongs to the request. */
export const inRequest = <T>(request: RequestScope, work: () => T): T => requests.run(request, work);

/** Whatever `work` does, and begins, belongs to no request, whoever began it. */
export const outsideRequests = <T>(work: () => T): T => requests.exit(work);

export const currentRequest = (): RequestScope | undefined => requests.getStore();

/**
 * Makes the connections of a pool obey the request for which they are taken: one that nobody waits for any longer, or that
 * takes too long, loses its connection, and PostgreSQL is told to cancel what it does there. Bulk work waits for a
 * connection as long as it takes.
 */
export function obeyRequests(pool: Pool): void {
  const connectAny = pool.connect.bind(pool) as () => Promise<PoolClient>;
  const held = new WeakMap<PoolClient, () => void>();
  const idleSinceMs = new WeakMap<PoolClient, number>();
  // pg tells the query of a lost connection, and whoever listens to the connection: unheard, that would end the process.
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
      if (idleMs < SURELY_ALIVE_MS || (await isAlive(client))) return client;
      client.release(true);
    }
  };

  let waiting = 0;
  const take = async (): Promise<PoolClient> => {
    const request = currentRequest();
    if (!request) return patiently(connect);
    const { abort } = request;
    abort.signal.throwIfAborted();
    if (waiting >= WAITING_PER_CONNECTION * pool.options.max) {
      const message = `${waiting} requests wait for the database, and no more are taken. Try again in 1 s.`;
      throw new DomainError('resource_exhausted', message, undefined, { retryAfterSeconds: 1 });
    }
    waiting++;
    // also when the request is over: until then it has its place in the pool's queue
    const connecting = connect().finally(() => waiting--);
    const client = await unlessOver(connecting, abort.signal);
    if (abort.signal.aborted) client.release();
    abort.signal.throwIfAborted();
    const abandon = (): void => {
      void client.end();
      const { processID } = client as PoolClient & { processID: number };
      // If this fails, PostgreSQL works on for nobody.
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

  // pg-pool's own query() asks with a callback, everybody else for a promise
  const takeAndCall = callbackify(take);
  pool.connect = ((callback?: Parameters<typeof takeAndCall>[0]) =>
    callback ? takeAndCall(callback) : take()) as Pool['connect'];
}

export const tookTooLong = ({ statementTimeoutMs }: RequestScope, cause?: unknown): DomainError =>
  new DomainError(
    'deadline_exceeded',
    `The database took longer for this than ${formatDuration(statementTimeoutMs)} (STATEMENT_TIMEOUT). Ask for less at once, or try again later.`,
    undefined,
    { cause },
  );

/** Whether somebody is at the other end: a connection that was cut without a word looks like any other. */
function isAlive(client: PoolClient): Promise<boolean> {
  const answer = client.query('select 1').then(
    () => true,
    () => false,
  );
  return within(ALIVE_TIMEOUT_MS, answer, () => false);
}

async function patiently(connect: () => Promise<PoolClient>): Promise<PoolClient> {
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      if (!(error instanceof Error) || error.message !== QUEUE_TIMEOUT) throw error;
    }
  }
}

/** The connection, or the reason of the signal; one that comes too late goes back. */
async function unlessOver(connecting: Promise<PoolClient>, signal: AbortSignal): Promise<PoolClient> {
  let giveUp = (): void => {};
  const over = new Promise<never>((_resolve, reject) => {
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
    return await Promise.race([connecting, over]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
