import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, execute } from '../setup/test-database.js';
import type { Ended } from './command.js';
import { runHere } from './run-here.js';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let home: string;

beforeAll(async () => {
  database = await createTestDatabase();
  home = await mkdtemp(join(tmpdir(), 'storewatch-doctor-'));
});
afterAll(async () => {
  await database.drop();
  await rm(home, { recursive: true, force: true });
});

const doctor = (): Promise<Ended> =>
  runHere({ env: { ...process.env, DATABASE_URL: database.url, STOREWATCH_HOME: home }, cwd: home }, 'doctor');

describe('storewatch doctor', () => {
  it('shows each check of a healthy database, and ends with 0', async () => {
    const { code, out, err } = await doctor();
    expect(err).toBe('');
    const checks = out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 2).join(' '));
    for (const check of ['server', 'encryption', 'rights', 'schema', 'clock', 'transactions', 'indexes', 'storage']) {
      expect(checks).toContain(`ok ${check}`);
    }
    expect(out).toMatch(/^0 problems, \d warnings?$/m);
    expect(code).toBe(0);
  });

  it('names a migration that has not run as a problem, with the remedy, runs nothing, and ends with 1', async () => {
    await execute(database.url, `delete from migration where name = 'Migration20261130160000_rebalance'`);
    const { code, out } = await doctor();
    expect(out).toMatch(
      /^problem +schema +1 migration to run \(Migration20261130160000_rebalance\): run storewatch migrate$/m,
    );
    expect(out).toMatch(/^1 problem, /m);
    expect(code).toBe(1);
    expect((await doctor()).code).toBe(1);
  });

  it('warns of an invalid index and of a table without statistics', async () => {
    await execute(database.url, 'create table wide as select generate_series(1, 20000) as n');
    await execute(database.url, 'create index wide_n on wide (n)');
    await execute(database.url, `update pg_index set indisvalid = false where indexrelid = 'wide_n'::regclass`);
    await execute(database.url, `alter table wide set (autovacuum_enabled = off)`);
    const { out } = await doctor();
    expect(out).toMatch(/^warning +indexes +wide_n is invalid and not used: reindex index wide_n$/m);
    expect(out).toMatch(/^warning +statistics +wide was never analyzed: analyze wide$/m);
  });

  it('names a missing privilege with the statement that grants it', async () => {
    const role = `doctor_${randomBytes(6).toString('hex')}`;
    await execute(database.url, `create role ${role} login password 'secret'`);
    try {
      const url = database.url.replace(/\/\/[^@/]*@/, `//${role}:secret@`);
      const env = { ...process.env, DATABASE_URL: url, STOREWATCH_HOME: home };
      const { code, out } = await runHere({ env, cwd: home }, 'doctor');
      expect(out).toMatch(
        new RegExp(`^problem +rights +The user ${role} of DATABASE_URL may not .* As a superuser run there: `, 'm'),
      );
      expect(code).toBe(1);
    } finally {
      await execute(database.url, `drop role ${role}`);
    }
  });
});
