import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { Settings } from '../../src/platform/config/settings.js';
import { createContext, openDatabase } from '../../src/app/process-context.js';
import { Importer } from '../../src/features/ingestion/imports/importer.js';
import { ReportMaker } from '../../src/features/reports/make/report-maker.js';
import { checkBuilt, startCommand } from '../program/command.js';
import { createTestDatabase } from '../setup/test-database.js';
import { Bucket, awsEnvironment, setEnvironment } from './bucket.js';
import { Faulty } from './faulty.js';

/** A row of the report has about 140 bytes, so that it is uploaded in two parts. */
const STORES = 50_000;
const AS_OF = '2026-10-05T13:00:00Z';
const LOOK_EVERY_MS = 20;

let dir: string;
let bucket: Bucket;
let faulty: Faulty;
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let opened: Awaited<ReturnType<typeof openDatabase>>;
let program: INestApplicationContext;
let env: Record<string, string>;

beforeAll(async () => {
  await checkBuilt();
  dir = await mkdtemp(join(tmpdir(), 'storewatch-s3-kills-'));
  [bucket, faulty, testDatabase] = [await Bucket.create(), await Faulty.start(), await createTestDatabase()];
  setEnvironment(awsEnvironment());
  env = { DATABASE_URL: testDatabase.url, STOREWATCH_HOME: dir, STORAGE_URL: bucket.url('k'), LOG_LEVEL: 'error' };
  opened = await openDatabase(Settings.from(env));
  program = await createContext(Settings.from(env), opened.database);
  const rows = function* (): Generator<Buffer> {
    yield Buffer.from('store_id,timezone_str\n');
    for (let i = 0; i < STORES; i++) yield Buffer.from(`${String(i).padStart(100, 'store')},America/New_York\n`);
  };
  const importer = program.get(Importer);
  await importer.importFile('store_timezones', 'test', Readable.from(rows()));
  // Without a poll there is nothing to report.
  const poll = `store_id,status,timestamp_utc\nstore,active,${AS_OF}\n`;
  await importer.importFile('store_status', 'test', Readable.from([Buffer.from(poll)]));
});
afterAll(async () => {
  await program.close();
  await opened.close();
  await testDatabase.drop();
  bucket.close();
  await faulty.close();
  await rm(dir, { recursive: true, force: true });
});

describe('a process that is killed during an upload', () => {
  it('leaves no visible object, and the next attempt leaves no remains', async () => {
    faulty.fault = ({ url }) => (url!.includes('partNumber=2') ? 'no answer' : undefined);
    const where = { env: { ...process.env, ...env, ...awsEnvironment(faulty.url) }, cwd: dir };
    const command = startCommand(where, 'report', '--out', join(dir, 'never.csv'), '--as-of', AS_OF);
    while (!faulty.seen.some((line) => line.includes('partNumber=2'))) {
      expect(command.child.exitCode).toBeNull();
      await sleep(LOOK_EVERY_MS);
    }
    command.child.kill('SIGKILL');
    await command.ended;

    const { rows } = await opened.database.pool.query('select id, status from report');
    expect(rows).toMatchObject([{ status: 'Running' }]);
    expect(await bucket.keys()).toEqual([]);
    expect(await bucket.unfinished()).toEqual([expect.stringContaining(`${rows[0].id}.csv`)]);

    const made = await program.get(ReportMaker).make(rows[0]);

    expect(made).toMatchObject({ status: 'Complete', attempt: 2, storesTotal: STORES + 1 });
    expect(await bucket.unfinished()).toEqual([]);
    expect(await bucket.keys()).toEqual([`k/${made.accountKey}`, `k/${made.storageKey}`]);
    expect(await bucket.read(`k/${made.storageKey}`)).toHaveLength(made.sizeBytes!);
  });
});
