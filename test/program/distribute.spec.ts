import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { Settings } from '../../src/platform/config/settings.js';
import { openDatabase } from '../../src/app/process-context.js';
import { createTestDatabase } from '../setup/test-database.js';
import { TO_SHARDS } from '../../src/platform/database/block-layout.js';
import type { Ended } from './command.js';
import { type Program, openProgram } from './program.js';
import { runHere } from './run-here.js';

/** `storewatch distribute` without Citus: it says so and changes nothing. test/citus tests it with Citus. */
describe('storewatch distribute on a plain PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let home: string;
  let program: Program;

  beforeAll(async () => {
    database = await createTestDatabase();
    home = await mkdtemp(join(tmpdir(), 'storewatch-distribute-'));
    program = await openProgram();
    await program.load('store_status', 'store_id,status,timestamp_utc\ns,active,2026-10-05 10:10:00 UTC\n');
  });

  afterAll(async () => {
    await program.close();
    await database.drop();
    await rm(home, { recursive: true, force: true });
  });

  const distribute = (url: string, ...args: string[]): Promise<Ended> => {
    const env = { ...process.env, DATABASE_URL: url, STOREWATCH_HOME: home };
    return runHere({ env, cwd: home }, 'distribute', ...args);
  };

  it('reports that Citus is missing and how to get it', async () => {
    const { code, err, out } = await distribute(database.url);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(/^storewatch: Citus is not installed on this PostgreSQL\. .* create extension citus\.\n$/);
  });

  it('rejects the embedded PostgreSQL without starting it', async () => {
    const { code, err } = await distribute('');
    expect(code).toBe(1);
    expect(err).toMatch(/^storewatch: The embedded PostgreSQL runs on one machine only\. Set DATABASE_URL/);
  });

  it('prints the SQL of every step with --dry-run', async () => {
    const { code, out, err } = await distribute(database.url, '--dry-run');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [first, ...statements] = out.trimEnd().split('\n');
    expect(first).toMatch(/^-- This server cannot run it\. Citus is not installed/);
    const step = (...body: string[]): string[] => [
      'begin;',
      "set local citus.multi_shard_modify_mode = 'sequential';",
      ...body,
      'commit;',
    ];
    const key = 'FOREIGN KEY (store_id) REFERENCES store(id)';
    expect(statements.filter((line) => !line.startsWith('--'))).toEqual([
      ...step(
        'alter table business_hours drop constraint business_hours_store_id_fkey;',
        'alter table special_hours drop constraint special_hours_store_id_fkey;',
        "select create_reference_table('store');",
        "select create_reference_table('business_hours');",
        "select create_reference_table('special_hours');",
        `alter table business_hours add constraint business_hours_store_id_fkey ${key};`,
        `alter table special_hours add constraint special_hours_store_id_fkey ${key};`,
      ),
      ...step("select create_distributed_table('status_poll', 'store_id');"),
      ...['status_day', 'uptime_day', 'rollup_due'].flatMap((table) =>
        step(`select create_distributed_table('${table}', 'store_id', colocate_with => 'status_poll');`),
      ),
      ...step(...TO_SHARDS.map((statement) => `${statement};`)),
    ]);
  });

  it('also removes the local rows of each table that has rows', async () => {
    const { out } = await distribute(program.database.url, '--dry-run');
    expect(out.match(/truncate_local_data_after_distributing_table\('\w+'\)/g)).toEqual(
      ['store', 'status_poll'].map((table) => `truncate_local_data_after_distributing_table('${table}')`),
    );
  });

  it('plans statements on constraints that PostgreSQL accepts', async () => {
    const { out } = await distribute(database.url, '--dry-run');
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      const statements = out.split('\n').filter((line) => /^(alter|begin|commit)/.test(line));
      expect(statements.filter((line) => line.startsWith('alter'))).toHaveLength(4);
      await client.query(statements.join('\n'));
      const { rows } = await client.query(`select conname from pg_constraint where confrelid = 'store'::regclass`);
      expect(rows).toHaveLength(2);
    } finally {
      await client.end();
    }
  });

  it('makes a start with DISTRIBUTED=on fail', async () => {
    const settings = Settings.from({ DATABASE_URL: database.url, DISTRIBUTED: 'on', STOREWATCH_HOME: home });
    await expect(openDatabase(settings)).rejects.toThrow('Citus is not installed on this PostgreSQL');
    // The message does not suggest distributing rows, which is impossible here.
    const filled = Settings.from({ DATABASE_URL: program.database.url, DISTRIBUTED: 'on', STOREWATCH_HOME: home });
    await expect(openDatabase(filled)).rejects.toThrow('Citus is not installed on this PostgreSQL');
    expect(() => Settings.from({ DISTRIBUTED: 'on' })).toThrow(
      'DISTRIBUTED is "on": needs DATABASE_URL, of a Citus coordinator',
    );
  });
});
