import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { sendLines } from '../e2e/raw.js';
import { createTestDatabase } from '../setup/test-database.js';
import { type Started, checkBuilt, startCommand } from './command.js';

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let home: string;
const running: Started[] = [];

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((found) => found?.address === '::1');

/** The output of the server once it listens. */
function greetingOf(environment: Record<string, string>, ...args: string[]): Promise<string> {
  const settings = { DATABASE_URL: testDatabase.url, STOREWATCH_HOME: home, LOG_LEVEL: 'error' };
  const ports = { HTTP_PORT: '0', GRPC_PORT: '0', HEALTH_PORT: '0' };
  const env = { ...process.env, ...settings, ...ports, ...environment };
  const started = startCommand({ env, cwd: home }, 'serve', ...args);
  running.push(started);
  return started.said(/Stop it with/);
}

beforeAll(async () => {
  await checkBuilt();
  testDatabase = await createTestDatabase();
  home = await mkdtemp(join(tmpdir(), 'storewatch-addresses-'));
});
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  await testDatabase?.drop();
  await rm(home, { recursive: true, force: true });
});

describe('serve', () => {
  (hasIpv6 ? it : it.skip)(
    'listens on [::1], where no key is needed, and prints addresses that can be used',
    async () => {
      const hosts = { HTTP_HOST: '[::1]', GRPC_HOST: '::1', HEALTH_HOST: '[::1]' };
      const greeting = await greetingOf({ ...hosts, PUBLIC_URL: 'https://example.com/storewatch' });

      const [, page] = /Page +(http:\/\/\[::1\]:\d+)\n/.exec(greeting)!;
      const [, grpc] = /gRPC +(\[::1\]:\d+) /.exec(greeting)!;
      const [, health] = /Health +(http:\/\/\[::1\]:\d+\/readyz)/.exec(greeting)!;
      expect(greeting).toContain('  Public    https://example.com/storewatch/\n');
      expect(greeting).toContain('open, without API keys');
      expect((await fetch(`${page}/v1/stores`)).status).toBe(200);
      expect((await fetch(health)).status).toBe(200);
      const client = new Client(grpc, credentials.createInsecure());
      await new Promise<void>((done, fail) => {
        client.waitForReady(Date.now() + 10_000, (error) => (error ? fail(error) : done()));
      });
      client.close();
    },
  );

  it('listens on HEALTH_PORT on the same hosts and checks the same origins as over REST, in every role', async () => {
    const greeting = await greetingOf({ ALLOWED_HOSTS: 'worker-1' }, '--roles', 'worker');
    const [, health] = /Health +(http:\/\/127\.0\.0\.1:\d+)/.exec(greeting)!;
    const ask = (...lines: string[]) => sendLines(health, ['GET /metrics HTTP/1.1', ...lines]);

    for (const host of ['localhost:9464', 'worker-1:9464']) expect((await ask(`Host: ${host}`)).status).toBe(200);
    for (const lines of [['Host: evil.test'], ['Host: localhost', 'Sec-Fetch-Site: cross-site']]) {
      const { status, body } = await ask(...lines);
      expect([status, JSON.parse(body)]).toMatchObject([403, { code: 'permission_denied' }]);
    }
  });
});
