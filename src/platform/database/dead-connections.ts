import type { Socket } from 'node:net';
import type { Pool, PoolClient } from 'pg';
import { queryOnSideConnection } from './side-connection.js';

/** A connection that has carried no bytes for this long during a query is checked. */
const STALL_MS = 5_000;
const CHECK_EVERY_MS = 1_000;

/**
 * Finds the session if it is working rather than waiting for its client. On Citus, a session that waits for other
 * servers also shows ClientRead; only COPY FROM really waits for the client.
 */
const WORKING = `select from pg_stat_activity
  where pid = $1 and state = 'active' and (
    wait_event_type is distinct from 'Client'
    or (wait_event = 'ClientRead' and query !~* '^copy [^;]* from stdin'
      and exists (select from pg_extension where extname = 'citus')))`;

/** Private fields that pg's types do not declare. */
interface PgInternals {
  readonly processID: number;
  readonly _activeQuery: unknown;
  readonly connection: { readonly stream: Socket };
}

interface Watched {
  bytes: number;
  sinceMs: number;
  isChecking: boolean;
}

/**
 * Closes pool connections that were silently cut during a query. Neither side is notified, and a device in between may
 * answer TCP keepalives. So this asks PostgreSQL over another connection what the session is doing: if the session
 * waits for its client while the client waits for it, they will wait forever.
 * @param stallMs time without traffic before a check; only tests need less
 */
export function endDeadConnections(pool: Pool, stallMs = STALL_MS, checkEveryMs = CHECK_EVERY_MS): void {
  const watched = new Map<PoolClient, Watched>();
  pool.on('acquire', (client) => watched.set(client, { bytes: -1, sinceMs: 0, isChecking: false }));
  pool.on('release', (_error, client) => watched.delete(client));
  pool.on('remove', (client) => watched.delete(client));

  const check = async (client: PoolClient, watch: Watched): Promise<void> => {
    const { processID, _activeQuery, connection } = client as PoolClient & PgInternals;
    const bytes = connection.stream.bytesRead + connection.stream.bytesWritten;
    const nowMs = performance.now();
    // A paused stream has no traffic because its reader is slow.
    if (bytes !== watch.bytes || !_activeQuery || connection.stream.isPaused()) {
      Object.assign(watch, { bytes, sinceMs: nowMs });
    } else if (nowMs >= watch.sinceMs + stallMs && !watch.isChecking) {
      watch.isChecking = true;
      // If the check itself fails, assume that the session is working.
      const working = await queryOnSideConnection(pool.options, WORKING, [processID]).catch(() => 1);
      Object.assign(watch, { isChecking: false, sinceMs: performance.now() });
      if (working === 0 && bytes === connection.stream.bytesRead + connection.stream.bytesWritten) {
        connection.stream.destroy(Object.assign(new Error('The connection was cut.'), { code: 'ECONNRESET' }));
      }
    }
  };
  setInterval(() => {
    for (const [client, watch] of watched) void check(client, watch);
  }, checkEveryMs).unref();
}
