import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { distribute } from '../../src/platform/database/distribute.js';
import { DISTRIBUTED_TABLES, REFERENCE_TABLES, planDistribution } from '../../src/platform/database/distribution.js';
import { CITUS_CHECKS } from '../../src/platform/database/doctor/citus-checks.js';
import { runChecks } from '../../src/platform/database/doctor/postgres-checks.js';
import { type Program, openProgram } from '../program/program.js';
import { recorded } from '../program/recorded.js';
import { execute } from '../setup/test-database.js';
import { CITUS_URL, CitusTurn, TURN_MS, emptyDatabase, withCitus } from './citus.js';
import { type Results, STORES, begin, next, resultsOf } from './facts.js';

withCitus('Citus', () => {
  let turn: CitusTurn;
  beforeAll(async () => {
    turn = await CitusTurn.take();
  }, TURN_MS);
  afterAll(() => turn?.end());

  describe('a database distributed after it has data', () => {
    let plain: Program;
    let citus: Program;
    let seen: Results;
    let statements: ReadonlySet<string>;

    beforeAll(async () => {
      plain = await openProgram();
      citus = await openProgram({ DATABASE_URL: CITUS_URL });
      await begin(plain);
      await begin(citus);
      await distribute(citus.database.pool, () => {});
      await citus.close(); // processes stop while tables are distributed
      citus = await openProgram({ DATABASE_URL: CITUS_URL });
      await next(plain);
      statements = await recorded(async () => {
        await next(citus);
        seen = await resultsOf(citus);
      });
    }, 300_000);

    afterAll(async () => {
      await citus?.close();
      await plain?.close();
    });

    it('is distributed once: a second run has nothing to do', async () => {
      expect(await planDistribution(citus.database.pool)).toEqual([]);
      expect(await distribute(citus.database.pool, () => {})).toBe(0);
    });

    it('has every table where it belongs, including the partitions of new weeks', async () => {
      const { rows } = await citus.database.pool.query(
        `select logicalrelid::regclass::text as name, partmethod from pg_dist_partition`,
      );
      const methods = new Map(rows.map(({ name, partmethod }) => [name as string, partmethod as string]));
      for (const table of REFERENCE_TABLES) expect([table, methods.get(table)]).toEqual([table, 'n']);
      for (const table of DISTRIBUTED_TABLES) expect([table, methods.get(table)]).toEqual([table, 'h']);
      for (const week of ['20260928', '20261005', '20261012']) expect(methods.get(`status_day_${week}`)).toBe('h');
    });

    it('returns the same results as plain PostgreSQL, byte for byte', async () => {
      const expected = await resultsOf(plain);
      expect(expected.reports[0].split('\n')).toHaveLength(STORES + 2);
      expect(seen).toEqual(expected);
    });

    it('a slow query on a shard does not count as a broken connection', async () => {
      const { rows } = await citus.database.pool.query(
        'select pg_sleep(8) from status_day where store_id = 1 and day = (select min(day) from status_day where store_id = 1)',
      );
      expect(rows).toHaveLength(1);
    });

    it('sends polls of the head and invalidations to their shards as rows, not through intermediate results', () => {
      const inserts = [...statements].filter((text) => /insert into (status_poll|rollup_due)/.test(text));
      expect(inserts.length).toBeGreaterThan(0);
      for (const text of inserts)
        expect(text).toMatch(/^insert into status_poll \(store_id, polled_at, active\) values \(/);
      for (const table of ['status_poll', 'rollup_due'])
        expect([...statements].filter((text) => text.startsWith(`copy ${table} `))).not.toEqual([]);
    });

    it('passes each check of storewatch doctor', async () => {
      const findings = await runChecks(citus.database.pool, CITUS_CHECKS);
      expect(findings.filter(({ state }) => state === 'problem')).toEqual([]);
      expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(CITUS_CHECKS.map(([name]) => name)));
    });

    it('reports and rollups push their queries down to the shards', async () => {
      const read = [...statements].flatMap((text) => /^copy \((.*)\) to stdout/i.exec(text)?.[1] ?? []);
      const big = read.filter((text) => /\b(from|join) (status_poll|status_day|uptime_day)\b/.test(text));
      expect(big.length).toBeGreaterThan(8);
      for (const text of big) {
        const { rows } = await citus.database.pool.query(`explain ${text}`);
        const plan = rows.map((row) => row['QUERY PLAN'] as string).join('\n');
        expect(plan).toContain('Custom Scan (Citus Adaptive)');
        // Citus may make an intermediate result only of the lists of stores and times that the program passes.
        if (!/^with (wanted|runs) /.test(text))
          expect([text, plan]).toEqual([text, expect.not.stringContaining('Distributed Subplan')]);
      }
    });
  });

  describe('a distributed database with a local table, as after a migration', () => {
    it('is completed by the next process that starts', async () => {
      await emptyDatabase();
      const first = await openProgram({ DATABASE_URL: CITUS_URL, DISTRIBUTED: 'on' });
      await begin(first);
      const report = await first.report();
      await first.close();
      await execute(CITUS_URL, `select undistribute_table('uptime_day')`);

      const second = await openProgram({ DATABASE_URL: CITUS_URL });
      try {
        expect(await planDistribution(second.database.pool)).toEqual([]);
        expect(await second.report()).toBe(report);
      } finally {
        await second.close();
      }
    }, 120_000);
  });

  describe('a new database with DISTRIBUTED=on', () => {
    it('is distributed when its tables are created', async () => {
      await emptyDatabase();
      const program = await openProgram({ DATABASE_URL: CITUS_URL, DISTRIBUTED: 'on' });
      try {
        expect(await planDistribution(program.database.pool)).toEqual([]);
        await begin(program);
        expect((await program.report()).split('\n')).toHaveLength(STORES + 2);
      } finally {
        await program.close();
      }
    }, 120_000);
  });
});
