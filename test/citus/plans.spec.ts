import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { DISTRIBUTED_TABLES, REFERENCE_TABLES } from '../../src/platform/database/distribution.js';
import { EVERYTHING, doEverything } from '../program/everything.js';
import { type Program, openProgram } from '../program/program.js';
import { type Sent, recordedCalls } from '../program/recorded.js';
import { isFrom, sqlTexts } from '../program/sql-texts.js';
import { CITUS_URL, CitusTurn, TURN_MS, withCitus } from './citus.js';
import { type StatementPlan, plansOf, tableOf } from './plans.js';

/** TEST_CITUS_PLANS is a file: the table of all statements and their shards is written there. */
const file = process.env['TEST_CITUS_PLANS'];

withCitus('the statements on distributed tables', () => {
  let turn: CitusTurn;
  let program: Program;
  let started: Sent[];
  let calls: Sent[];
  let shards: number;
  let plans: StatementPlan[];

  beforeAll(async () => {
    turn = await CitusTurn.take();
    started = await recordedCalls(async () => {
      program = await openProgram({ ...EVERYTHING, DATABASE_URL: CITUS_URL, DISTRIBUTED: 'on' });
    });
    calls = await recordedCalls(() => doEverything(program));
    const [{ count }] = await turn.query<{ count: number }>(
      `select count(*)::integer as count from pg_dist_shard where logicalrelid = 'status_day'::regclass`,
    );
    shards = count;
    const named = new RegExp(`\\b(from|join|into|update|copy|table|only) (${DISTRIBUTED_TABLES.join('|')})\\b`, 'i');
    const exist = new Set(
      (await turn.query<{ name: string }>('select relname as name from pg_class')).map((row) => row.name),
    );
    const explained = calls.filter(({ text }) => {
      const weeks = text.match(/\b(status_day|uptime_day)_(before_)?\d{8}\b/g) ?? [];
      return named.test(text) && weeks.every((week) => exist.has(week));
    });
    plans = await plansOf(program.database.pool, explained, shards);
  }, TURN_MS);

  afterAll(async () => {
    await program?.close();
    await turn?.end();
  });

  it('are all that src/ has: each SQL text was sent to this Citus', () => {
    const statements = [...new Set([...started, ...calls].map(({ text }) => text.toLowerCase()))];
    const missing = sqlTexts([...REFERENCE_TABLES, ...DISTRIBUTED_TABLES]).filter(
      (text) => !statements.some((statement) => isFrom(text, statement)),
    );
    // A migration converts old polls. The INSERT from unnest is that of plain PostgreSQL.
    const elsewhere = ({ where, pieces }: (typeof missing)[number]): boolean =>
      where.startsWith('src/features/polls/convert-poll-rows.ts') ||
      pieces[0].trim().startsWith('with changed as ( insert');
    expect(missing.filter((text) => !elsewhere(text))).toEqual([]);
  });

  it('are computed on the shards', () => {
    expect(plans.length).toBeGreaterThan(20);
    const subplans = plans.filter(({ beside }) => beside.includes('Distributed Subplan'));
    // The coordinator gathers the rows that a DELETE returned, and counts the first invalidations.
    const known = /^with (folded|taken) as \( ?delete |^select count\(\*\)::int as count, .* limit \d+\) as due$/;
    expect(subplans.map(({ text }) => text).filter((text) => !known.test(text))).toEqual([]);
  });

  it('are written as a table to the file of TEST_CITUS_PLANS', async () => {
    const table = tableOf(plans, shards);
    expect(table.split('\n')).toHaveLength(plans.length + 3);
    if (file) await writeFile(file, table);
  });
});
