import { afterEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { type Storewatch, startStorewatch } from '../e2e/server.js';
import { sendFile } from '../e2e/rest.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '../setup/test-database.js';
import { Roles } from '../../src/platform/config/roles.js';

const NO_ROLLUPS = Roles.parse('api');
const ROWS = 'store_id,timezone_str\na,Asia/Tokyo\n';

let server: Storewatch | undefined;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await server?.close();
  for (const close of closers.splice(0)) await close();
});

/**
 * A path to PostgreSQL that can drop all traffic like an unplugged cable: neither end learns that a connection is gone.
 */
async function cable(url: string): Promise<{ url: string; pull(): void; plugIn(): void }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isPulled = false;
  const proxy = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {}).on('close', () => sockets.delete(one));
      one.on('data', (bytes) => other.write(bytes)).on('end', () => other.end());
      if (isPulled) one.pause();
    }
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const through = new URL(url);
  through.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return {
    url: through.href,
    pull: () => {
      isPulled = true;
      for (const socket of sockets) socket.pause();
    },
    plugIn: () => {
      isPulled = false;
      for (const socket of sockets) socket.resume();
    },
  };
}

const stateOf = async (response: Promise<Response>): Promise<unknown[]> => {
  const { status, headers } = await response;
  return [status, headers.get('retry-after')];
};

it('requests fail on silent connections and on new ones that nobody accepts', async () => {
  const database = await createTestDatabase();
  const line = await cable(database.url);
  server = await startStorewatch(
    { STATEMENT_TIMEOUT: '1s', DATABASE_POOL_SIZE: '5' },
    { url: line.url, roles: NO_ROLLUPS },
  );
  const { http } = server;
  expect((await fetch(`${http}/v1/stores`)).status).toBe(200);

  line.pull();
  // Some use an existing connection, the others need a new one.
  const answers = await Promise.all(Array.from({ length: 6 }, () => stateOf(fetch(`${http}/v1/stores`))));

  const [late, unavailable] = ['[504,null]', '[503,"5"]'];
  expect([...new Set(answers.map((answer) => JSON.stringify(answer)))].sort()).toEqual([unavailable, late]);

  line.plugIn();
  while ((await fetch(`${http}/readyz`)).status !== 200);
  expect((await fetch(`${http}/v1/stores`)).status).toBe(200);
  await server.close();
  server = undefined;
  await database.drop();
});

it('a request waits 10 s for a connection, and an import as long as it takes', async () => {
  server = await startStorewatch({ DATABASE_POOL_SIZE: '5' }, { roles: NO_ROLLUPS });
  const { pool, http } = server;
  const held = await Promise.all([1, 2, 3, 4, 5].map(() => pool.connect()));
  const imported = sendFile(server, 'store_timezones', ROWS);
  while (pool.waitingCount === 0) await sleep(5);
  // Sent first, so that its 10 s are over when those of the request are.
  await sleep(200);

  expect(await stateOf(fetch(`${http}/v1/stores`))).toEqual([503, '5']);
  for (const client of held) client.release();

  expect(await imported).toMatchObject({ status: 201 });
});
