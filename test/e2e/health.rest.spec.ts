import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '#libs/errors.js';
import { Storage } from '../../src/platform/storage/storage.js';
import { metricsOf } from './metrics.js';
import { send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const OK = { status: 'ok' };
const ALL_OK = { database: OK, migrations: OK, storage: OK, queue: OK };

let server: Storewatch;

/** The answer of /readyz once it differs from the one before. */
async function readyOnce(status: number): Promise<{ detail?: string; checks: Record<string, { detail?: string }> }> {
  for (;;) {
    const response = await fetch(`${server.http}/readyz`);
    const body = (await response.json()) as Awaited<ReturnType<typeof readyOnce>>;
    if (response.status === status) return body;
  }
}

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());
afterEach(() => void jest.restoreAllMocks());

describe('/readyz', () => {
  it('reports every part as healthy', async () => {
    const answer = await send(server, '/readyz');
    expect([answer.status, answer.json()]).toEqual([200, { status: 'ok', checks: ALL_OK }]);
  });

  it('names a migration that has not run, and recovers once it has', async () => {
    const { rows } = await server.pool.query(`delete from migration where name like '%api_keys' returning name`);
    const name = String(rows[0].name);

    const problem = await readyOnce(503);
    expect(problem).toMatchObject({
      title: 'Unavailable',
      detail: `The migration ${name} has not run in this database. Run storewatch migrate.`,
      checks: { ...ALL_OK, migrations: { status: 'failed', detail: expect.stringContaining(name) } },
    });

    await server.pool.query('insert into migration (name) values ($1)', [name]);
    expect(await readyOnce(200)).toEqual({ status: 'ok', checks: ALL_OK });
  });

  it('reports that the storage is unusable', async () => {
    const storage = join(server.home, 'storage');
    await rename(storage, `${storage}.away`).catch(() => {});
    await writeFile(storage, 'a file where a folder should be');
    try {
      const { checks } = await readyOnce(503);
      expect(checks['storage'].detail).toMatch(/^The storage folder .* is not writable: .+\.$/s);
      expect(checks).toMatchObject({ ...ALL_OK, storage: { status: 'failed' } });
    } finally {
      await rename(storage, `${storage}.file`);
    }
    expect(await readyOnce(200)).toMatchObject({ checks: ALL_OK });
  });

  it('reports a missing queue', async () => {
    await server.pool.query(`create table queue_away as select * from pgboss.queue where name = 'webhook'`);
    await server.pool.query(`delete from pgboss.queue where name = 'webhook'`);
    const detail = 'A job queue is missing. Start Storewatch again.';
    expect((await readyOnce(503)).checks).toEqual({ ...ALL_OK, queue: { status: 'failed', detail } });
    await server.pool.query('insert into pgboss.queue select * from queue_away');
    expect(await readyOnce(200)).toMatchObject({ checks: ALL_OK });
  });

  it('does not hang with the storage, and checks it only once', async () => {
    await readyOnce(200);
    let release = (): void => {};
    const check = jest
      .spyOn(server.app.get(Storage), 'check')
      .mockImplementation(() => new Promise((resolve) => (release = resolve)));

    const { checks } = await readyOnce(503);
    await readyOnce(503);
    expect(checks).toEqual({
      ...ALL_OK,
      storage: { status: 'failed', detail: 'The storage check failed: no answer within 3 s.' },
    });
    expect(check).toHaveBeenCalledTimes(1);
    expect((await metricsOf(server)).get('storewatch_ready{check="storage"}')).toBe(0);

    check.mockRestore();
    release();
    expect(await readyOnce(200)).toMatchObject({ checks: ALL_OK });
  });

  it('does not reveal unexpected errors', async () => {
    await readyOnce(200);
    jest.spyOn(server.app.get(Storage), 'check').mockRejectedValue(new Error('at secret.ts:1'));
    expect((await readyOnce(503)).checks['storage'].detail).toBe('The storage check failed.');
  });

  it('writes a message once, however many parts it concerns', async () => {
    await readyOnce(200);
    const away = new DomainError('unavailable', 'It is away.');
    jest.spyOn(server.pool, 'query').mockImplementation(() => Promise.reject(away) as never);
    let problem = await readyOnce(503);
    while (!problem.checks['migrations'].detail) problem = await readyOnce(503);
    expect(problem.detail).toBe('It is away.');
  });
});
