import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { PoolClient } from 'pg';
import { StoreStatus } from '../../src/generated/storewatch/v1/common.js';
import { Roles } from '../../src/platform/config/roles.js';
import { at, failed, failure } from './grpc.js';
import { load, sendFile } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const ROWS = 'store_id,status,timestamp_utc\nlocked,active,2026-10-05T10:10:00Z\n';
const MESSAGE = { storeId: 'new', status: StoreStatus.STORE_STATUS_ACTIVE, polledAt: at('2026-10-05T10:20:00Z') };

/** Rollups would wait for the lock too. */
const NO_ROLLUPS = Roles.parse('api');

let server: Storewatch;
let holder: PoolClient;

/** Locks the polls until the lock is released. */
const lock = async (): Promise<void> => {
  holder = await server.pool.connect();
  await holder.query('begin; lock table status_poll in access exclusive mode');
};
afterEach(async () => {
  await holder.query('commit');
  holder.release();
});

/** How many queries wait for that lock. Its holder cannot ask: within a transaction, the answer never changes. */
async function waiting(): Promise<number> {
  const { rows } = await server.pool.query(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows[0].count;
}
async function until(count: number): Promise<void> {
  while ((await waiting()) !== count) await sleep(5);
}

describe('an abandoned request', () => {
  beforeAll(async () => {
    server = await startStorewatch({}, { roles: NO_ROLLUPS });
    await load(server, 'store_status', ROWS);
  });
  afterAll(() => server?.close());
  beforeEach(lock);

  it.each(['/v1/stores/locked/timeline', '/v1/stores/locked/outages?to=2026-10-06T00:00:00Z', '/v1/outages'])(
    'over REST cancels its query: %s',
    async (path) => {
      const gone = new AbortController();
      const asked = fetch(server.http + path, { signal: gone.signal }).catch((error: Error) => error.name);
      await until(1);

      gone.abort();

      await until(0);
      expect(await asked).toBe('AbortError');
    },
  );

  it('over gRPC cancels its query at its deadline', async () => {
    const late = failure(server.grpc.listRecentOutages({}, { deadline: Date.now() + 2_000 }));
    await Promise.race([until(1), late]);
    expect(await late).toEqual(failed(status.DEADLINE_EXCEEDED, 'Deadline exceeded'));
    await until(0);
  });

  it('a cancelled stream cancels its write, and none of it is stored', async () => {
    const stream = server.grpc.openIngestPolls();
    stream.on('error', () => {});
    stream.write({ polls: [MESSAGE] });
    await until(1);

    stream.cancel();

    await until(0);
    expect((await holder.query("select from poll where polled_at = '2026-10-05T10:20:00Z'")).rowCount).toBe(0);
  });
});

describe('a query that takes longer than STATEMENT_TIMEOUT', () => {
  beforeAll(async () => {
    server = await startStorewatch({ STATEMENT_TIMEOUT: '1s' }, { roles: NO_ROLLUPS });
    await load(server, 'store_status', ROWS);
  });
  afterAll(() => server?.close());
  beforeEach(lock);

  it('is cancelled for a request, but not for an import', async () => {
    const imported = sendFile(server, 'store_status', ROWS.replace('10:10', '10:40'));
    await until(1);

    const read = await fetch(`${server.http}/v1/stores/locked/timeline`);
    const written = await fetch(`${server.http}/v1/polls`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        polls: [{ store_id: 'locked', status: 'active', timestamp_utc: '2026-10-05T10:50:00Z' }],
      }),
    });
    const overGrpc = await failure(server.grpc.listOutages({ storeId: 'locked', to: at('2026-10-06T00:00:00Z') }));

    for (const response of [read, written]) {
      expect([response.status, await response.json()]).toEqual([
        504,
        expect.objectContaining({
          code: 'deadline_exceeded',
          detail: expect.stringMatching(/^The database query took longer than 1s \(STATEMENT_TIMEOUT\)\./),
        }),
      ]);
    }
    expect(overGrpc).toEqual(failed(status.DEADLINE_EXCEEDED, 'longer than 1s'));
    expect(await waiting()).toBe(1);

    await holder.query('commit');
    await holder.query('begin');
    expect(await imported).toMatchObject({ status: 201 });
  });
});
