import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { PgBoss } from 'pg-boss';
import { createTestDatabase } from '../../../test/setup/test-database.js';
import { Jobs } from './jobs.js';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: Client;

beforeEach(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

async function start(): Promise<void> {
  const jobs = new Jobs(database.url);
  await jobs.start();
  await jobs.onApplicationShutdown();
}

const queues = async (): Promise<unknown[]> =>
  (
    await client.query(
      'select name, policy, retry_limit, heartbeat_seconds, updated_on from pgboss.queue order by name',
    )
  ).rows;

describe('starting the job queue', () => {
  it('creates the schema and the queues if they are missing', async () => {
    const expected = (await queues()) as object[];
    await client.query('drop schema pgboss cascade');
    await start();
    const times = { updated_on: expect.any(Date) };
    expect(await queues()).toEqual(expected.map((queue) => ({ ...queue, ...times })));
  });

  it('writes nothing if the queues are up to date', async () => {
    const before = await queues();
    await start();
    expect(await queues()).toEqual(before);
    expect(before).toHaveLength(6);
  });

  it('updates a queue of an earlier version, and creates a missing one', async () => {
    const names = async (): Promise<unknown> =>
      (await queues()).map((queue) => ({ ...(queue as object), updated_on: 0 }));
    const before = await names();
    await client.query(`update pgboss.queue set retry_limit = 1, heartbeat_seconds = null where name = 'report'`);
    await client.query(`select pgboss.delete_queue('tidy')`);
    expect(await names()).not.toEqual(before);
    await start();
    expect(await names()).toEqual(before);
  });
});

describe('stopping the job queue', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('stops waiting for a queue that does not stop, and logs that', async () => {
    const jobs = new Jobs(database.url);
    await jobs.start();
    const stop = jest.spyOn(PgBoss.prototype, 'stop').mockReturnValue(new Promise(() => {}));
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();

    await jobs.onApplicationShutdown();
    expect(warn).toHaveBeenCalledWith('The job queue did not stop within 5 s. Shutting down without it.');

    stop.mockRestore();
    await jobs.onApplicationShutdown();
  });
});
