import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { Settings } from '../../src/platform/config/settings.js';
import { StoreStatus } from '../../src/generated/storewatch/v1/common.js';
import { openDatabase } from '../../src/app/process-context.js';
import { at, failed, failure } from '../e2e/grpc.js';
import { type Storewatch, startStorewatch } from '../e2e/server.js';
import { type OwnPostgres, newOwnPostgres } from '../setup/own-postgres.js';

const POLL = { store_id: 's', status: 'active', timestamp_utc: '2026-10-05T10:10:00Z' };
const MESSAGE = { storeId: 's', status: StoreStatus.STORE_STATUS_ACTIVE, polledAt: at('2026-10-05T10:10:00Z') };

let postgres: OwnPostgres;

beforeAll(async () => {
  postgres = await newOwnPostgres();
});
afterAll(() => postgres?.remove());

describe('a PostgreSQL that is not up yet', () => {
  const settings = (): Settings =>
    Settings.from({ DATABASE_URL: postgres.url, STOREWATCH_HOME: join(tmpdir(), 'unused'), LOG_LEVEL: 'error' });

  it('is awaited by a server', async () => {
    const told = new Promise<string>((resolve) => {
      jest.spyOn(Logger.prototype, 'warn').mockImplementationOnce((message: string) => resolve(message));
    });
    const opening = openDatabase(settings(), { waitMs: 60_000 });
    expect(await Promise.race([told, opening])).toMatch(/does not answer yet: .*Waiting for it, up to 60 s\.$/);
    await postgres.start();
    const { database, close } = await opening;
    expect((await database.pool.query('select count(*)::int as stores from store')).rows).toEqual([{ stores: 0 }]);
    await close();
    await postgres.stop();
  });

  it('is not awaited by a command', async () => {
    await expect(openDatabase(settings())).rejects.toThrow(
      /^PostgreSQL at 127\.0\.0\.1:\d+\/postgres does not answer: .*ECONNREFUSED/,
    );
  });
});

describe('a PostgreSQL that goes down and comes back', () => {
  let server: Storewatch;

  beforeAll(async () => {
    await postgres.start();
    server = await startStorewatch({}, { url: postgres.url });
  });
  afterAll(async () => {
    await server?.close();
  });

  const ask = (path: string, init: RequestInit = {}): Promise<Response> => fetch(server.http + path, init);
  const sendPoll = (): Promise<Response> =>
    ask('/v1/polls', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ polls: [POLL] }),
    });

  it('makes requests fail with Retry-After, and the server recovers on its own', async () => {
    expect((await sendPoll()).status).toBe(200);
    const stream = server.grpc.openIngestPolls();
    const answered = once(stream, 'data');
    stream.write({ polls: [MESSAGE] });
    expect((await answered)[0]).toMatchObject({ batch: 1, duplicate: 1 });

    await postgres.stop();

    const streamEnds = once(stream, 'error');
    stream.write({ polls: [MESSAGE] });
    const requests = [
      sendPoll(),
      ask('/v1/outages'),
      ask('/v1/stores/s/timeline'),
      ask('/v1/imports/store_status', { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: 'x' }),
      ask('/trigger_report', { method: 'POST' }),
      ask('/readyz'),
    ];
    for (const response of await Promise.all(requests)) {
      expect([response.url, response.status, response.headers.get('retry-after')]).toEqual([response.url, 503, '5']);
      expect(await response.json()).toMatchObject({ code: 'unavailable' });
    }
    const errors = [
      await failure(server.grpc.listOutages({ storeId: 's' })),
      await failure(server.grpc.triggerReport({})),
      (await streamEnds)[0] as Awaited<ReturnType<typeof failure>>,
    ];
    for (const error of errors) {
      expect(error).toEqual(failed(status.UNAVAILABLE, 'The database does not answer'));
      expect(error.metadata.get('retry-after')).toEqual(['5']);
    }
    expect((await ask('/livez')).status).toBe(200);

    await postgres.start();

    while ((await ask('/readyz')).status !== 200) await sleep(20);
    expect((await sendPoll()).status).toBe(200);
    const { report_id: id } = (await (await ask('/trigger_report', { method: 'POST' })).json()) as {
      report_id: string;
    };
    while (!(await ask(`/get_report?report_id=${id}`)).headers.get('content-type')!.startsWith('text/csv'))
      await sleep(20);
  });
});
