import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Lock } from '../../src/platform/database/locks.js';
import { type Program, openProgram } from './program.js';

const POLLS = 'store_id,status,timestamp_utc\ns,active,2026-10-05 10:10:00 UTC\ns,inactive,2026-10-05 12:10:00 UTC\n';
const AS_OF = '2026-10-05T13:00:00Z';

/** Another process that hangs in the middle of a transaction. */
describe('a process that hangs', () => {
  let program: Program;
  let other: Client;

  beforeAll(async () => {
    program = await openProgram();
    other = new Client({ connectionString: program.database.url });
    await other.connect();
  });
  afterAll(async () => {
    await other?.end();
    await program?.close();
  });

  it('while it adds polls delays the sealing of hours, but neither reports nor other polls', async () => {
    await program.load('store_status', POLLS);
    await other.query('begin');
    await other.query('select pg_advisory_xact_lock_shared($1)', [Lock.seal]);

    const csv = await program.report({ asOf: AS_OF });
    expect(await program.rollupRows()).toEqual([]);
    await program.load('store_status', POLLS.replace('s,', 't,').replace('inactive', 'active'));
    await other.query('rollback');

    expect(csv).toContain('\ns,');
    const { rows } = await program.rollups.bringUpToDate();
    expect(rows).toBeGreaterThan(0);
    // The figures of s are the same from polls alone and from the existing hours.
    expect((await program.report({ asOf: AS_OF })).split('\n')).toEqual(expect.arrayContaining(csv.trim().split('\n')));
  });

  it('is disconnected by the database after a minute', async () => {
    const { rows } = await program.database.pool.query('show idle_in_transaction_session_timeout');
    expect(rows[0].idle_in_transaction_session_timeout).toBe('1min');
  });
});
