import { describe } from '@jest/globals';
import { Client } from 'pg';
import { execute } from '../setup/test-database.js';

/**
 * npm run test:citus. TEST_CITUS_URL is a database on a Citus coordinator, with the extension created and the workers
 * added. The tests empty it. The program does the same there and on plain PostgreSQL, and all results must be equal.
 */
export const CITUS_URL = process.env['TEST_CITUS_URL'] ?? '';

export const withCitus = CITUS_URL === '' ? describe.skip : describe;
if (CITUS_URL === '') process.stderr.write('SKIPPED: TEST_CITUS_URL is not set, so this was not run on a Citus.\n');

/** How long a spec waits for the others: Jest runs spec files in parallel, and all of them use the one database. */
export const TURN_MS = 900_000;

/** Any number that the program does not use for an advisory lock. */
const SUITE_LOCK = 7_300_211_130;

/** The database of TEST_CITUS_URL, for one spec file at a time, also across several runs of the suite. */
export class CitusTurn {
  private readonly client = new Client({ connectionString: CITUS_URL });

  /** Waits for the other specs, then empties the database. Call it in a hook that may take TURN_MS. */
  static async take(): Promise<CitusTurn> {
    const turn = new CitusTurn();
    await turn.client.connect();
    await turn.client.query('select pg_advisory_lock($1)', [SUITE_LOCK]);
    await emptyDatabase();
    return turn;
  }

  /** On a new connection: one that is kept has sessions on the workers, which a test may end. */
  async query<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: CITUS_URL });
    await client.connect();
    try {
      return (await client.query(sql, [...values])).rows as Row[];
    } finally {
      await client.end();
    }
  }

  /** `sql` on every worker. @returns what it answers there, one text each @throws when it fails on one of them */
  async onWorkers(sql: string): Promise<string[]> {
    const answers = await this.query<{ success: boolean; result: string }>(
      'select success, result from run_command_on_workers($1)',
      [sql],
    );
    for (const { success, result } of answers) if (!success) throw new Error(result);
    return answers.map(({ result }) => result);
  }

  /** Ends the turn: the next spec that waits may begin. */
  async end(): Promise<void> {
    await this.client.end();
  }
}

/** `drop schema public` would also drop the views that Citus keeps there. */
export async function emptyDatabase(): Promise<void> {
  await execute(CITUS_URL, 'drop schema if exists pgboss cascade');
  await execute(
    CITUS_URL,
    `do $$ declare statement text; begin
       foreach statement in array array(
         select format('drop %s if exists %s cascade', case relkind when 'v' then 'view' else 'table' end, oid::regclass)
         from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition
           and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
         union all
         select format('drop function if exists %s cascade', oid::regprocedure) from pg_proc
         where pronamespace = 'public'::regnamespace
           and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e'))
       loop execute statement; end loop;
     end $$`,
  );
}
