import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { planDistribution } from '../../src/platform/database/distribution.js';
import { type Program, openProgram } from '../program/program.js';
import { CITUS_URL, CitusTurn, TURN_MS, withCitus } from './citus.js';
import { DAYS, HOUR_MS, begin, expectSame, next, resultsOf, status } from './facts.js';

/** The last version with a row for each poll and for each hour. */
const BEFORE_STORE_DAYS = 'Migration20261129210000_hours_past_midnight';

const CALENDARS = ['business_hours', 'special_hours'];

/** How that version distributed its tables. */
const DISTRIBUTED_THEN = [
  ...CALENDARS.map((table) => `alter table ${table} drop constraint ${table}_store_id_fkey`),
  ...['store', ...CALENDARS].map((table) => `select create_reference_table('${table}')`),
  ...CALENDARS.map((table) => `alter table ${table} add foreign key (store_id) references store (id)`),
  `select create_distributed_table('status_poll', 'store_id')`,
  ...['uptime_hour', 'uptime_day', 'rollup_due'].map(
    (table) => `select create_distributed_table('${table}', 'store_id', colocate_with => 'status_poll')`,
  ),
];

withCitus('a distributed database of the version with polls as rows', () => {
  let turn: CitusTurn;
  let plain: Program;

  beforeAll(async () => {
    turn = await CitusTurn.take();
    plain = await openProgram();
    const old = await openProgram({ DATABASE_URL: CITUS_URL });
    for (const program of [plain, old]) {
      await begin(program);
      await next(program);
    }
    await old.database.orm.migrator.down({ to: BEFORE_STORE_DAYS });
    await old.close();
    for (const statement of DISTRIBUTED_THEN) await turn.query(statement);
  }, TURN_MS);

  afterAll(async () => {
    await plain?.close();
    await turn?.end();
  });

  it('is migrated when the program starts, and keeps its polls and figures', async () => {
    const citus = await openProgram({ DATABASE_URL: CITUS_URL });
    try {
      expect(await planDistribution(citus.database.pool)).toEqual([]);
      const expected = await resultsOf(plain);
      expect(expected.polls.length).toBeGreaterThan(1_000);
      expectSame(await resultsOf(citus), expected);
    } finally {
      await citus.close();
    }
  }, 120_000);

  it('goes on as a new one', async () => {
    const citus = await openProgram({ DATABASE_URL: CITUS_URL });
    try {
      for (const program of [plain, citus]) {
        await program.load('store_status', status(DAYS - 1, DAYS + 9, HOUR_MS / 2));
        await program.rollups.bringUpToDate();
      }
      expectSame(await resultsOf(citus), await resultsOf(plain));
    } finally {
      await citus.close();
    }
  }, 120_000);
});
