import type { Socket } from 'node:net';
import type { Pool, PoolClient } from 'pg';
import { queryOnSideConnection } from './side-connection.js';

/** A connection that carried nothing for so long, in the middle of a query, is asked about. */
const SILENT_MS = 5_000;
const LOOK_EVERY_MS = 1_000;

/**
 * A session that works, and does not wait for what its client sends or for it to read. On Citus one that waits for other servers looks as if
 * it waited for what its client sends; only COPY FROM really does.
 */
const WORKS = `select from pg_stat_activity
  where pid = $1 and state = 'active' and (
    wait_event_type is distinct from 'Client'
    or (wait_event = 'ClientRead' and query !~* '^copy [^;]* from stdin'
      and exists (select from pg_extension where extname = 'citus')))`;

/** What pg's types do not show. */
interface Insides {
  readonly processID: number;
  readonly _activeQuery: unknown;
  readonly connection: { readonly stream: Socket };
}

interface Watched {
  bytes: number;
  sinceMs: number;
  isAsked: boolean;
}

/**
 * Ends the connections of a pool that were cut without a word in the middle of a query: neither side hears of it, and TCP's
 * own probes may be answered by something in between. PostgreSQL is asked over another connection what the session does: one
 * that waits for its client, while the client waits for it, will wait for ever.
 * @param silentMs after how long; only tests need less
 */
export function endDeadConnections(pool: Pool, silentMs = SILENT_MS, lookEveryMs = LOOK_EVERY_MS): void {
  const watched = new Map<PoolClient, Watched>();
  pool.on('acquire', (client) => watched.set(client, { bytes: -1, sinceMs: 0, isAsked: false }));
  pool.on('release', (_error, client) => watched.delete(client));
  pool.on('remove', (client) => watched.delete(client));

  const look = async (client: PoolClient, watch: Watched): Promise<void> => {
    const { processID, _activeQuery, connection } = client as PoolClient & Insides;
    const bytes = connection.stream.bytesRead + connection.stream.bytesWritten;
    const nowMs = performance.now();
    // A paused stream is silent because its reader is slow.
    if (bytes !== watch.bytes || !_activeQuery || connection.stream.isPaused()) {
      Object.assign(watch, { bytes, sinceMs: nowMs });
    } else if (nowMs >= watch.sinceMs + silentMs && !watch.isAsked) {
      watch.isAsked = true;
      // When nobody answers, nothing is known.
      const working = await queryOnSideConnection(pool.options, WORKS, [processID]).catch(() => 1);
      Object.assign(watch, { isAsked: false, sinceMs: performance.now() });
      if (working === 0 && bytes === connection.stream.bytesRead + connection.stream.bytesWritten) {
        connection.stream.destroy(Object.assign(new Error('The connection was cut.'), { code: 'ECONNRESET' }));
      }
    }
  };
  setInterval(() => {
    for (const [client, watch] of watched) void look(client, watch);
  }, lookEveryMs).unref();
}
