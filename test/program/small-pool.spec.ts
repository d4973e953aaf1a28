import { expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lock } from '../../src/platform/database/locks.js';
import { openProgram } from './program.js';

/**
 * Whoever creates a partition holds a lock. Loads of other new weeks wait for it, each with a connection. If the holder
 * of the lock then needed another connection, the program would deadlock.
 */
it('a first rollup proceeds when the loads that wait for it hold all other connections', async () => {
  const program = await openProgram({ DATABASE_POOL_SIZE: '5' });
  const { pool } = program.database;
  program.setMaxHeadPolls(0); // as if the files were large
  const poll = (day: string): string =>
    `store_id,status,timestamp_utc\na,active,2026-${day}T10:05:00Z\na,active,2026-${day}T12:05:00Z\n`;
  const holder = await pool.connect();
  try {
    await program.load('store_status', poll('10-05'));
    // The lock is held until all have arrived, the rollup first.
    await holder.query('select pg_advisory_lock($1)', [Lock.partitions]);
    const rolled = program.rollups.bringUpToDate();
    await until(async () => (await waiting()) === 1);
    const loads = ['10-12', '10-19', '10-26'].map((day) => program.load('store_status', poll(day)));
    await until(() => Promise.resolve(pool.waitingCount > 0));
    await holder.query('select pg_advisory_unlock($1)', [Lock.partitions]);
    holder.release();
    expect((await rolled).rows).toBeGreaterThan(0);
    for (const load of loads) expect(await load).toMatchObject({ acceptedRows: 2 });
  } finally {
    await program.close();
  }

  async function waiting(): Promise<number> {
    const { rows } = await holder.query(
      `select count(*)::int as count from pg_locks join pg_database on pg_database.oid = database
       where locktype = 'advisory' and not granted and datname = current_database()`,
    );
    return rows[0].count;
  }
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await sleep(10);
  }
});
