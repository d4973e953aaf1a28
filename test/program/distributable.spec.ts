import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DISTRIBUTED_TABLES, REFERENCE_TABLES } from '../../src/platform/database/distribution.js';
import { EVERYTHING, doEverything, oldPolls } from './everything.js';
import { type Program, openProgram } from './program.js';
import { recorded } from './recorded.js';
import { isFrom, sqlTexts } from './sql-texts.js';

/**
 * Checks the schema and the SQL against the rules of Citus (docs/decisions/0021-distribute.md). The SQL is what the
 * program sends while it does everything that it does with polls and hours.
 */

/** SQL that only a Citus gets. test/citus runs it. */
const ONLY_ON_CITUS = [
  'select 1 from store limit 1', // before the first step of a distribution
  'alter table § drop constraint',
  'alter table § add constraint',
];

const DISTRIBUTED: readonly string[] = DISTRIBUTED_TABLES;
const OF_STORES: readonly string[] = [...REFERENCE_TABLES, ...DISTRIBUTED_TABLES];

let program: Program;
let local: string[];
let statements: readonly string[];

beforeAll(async () => {
  program = await openProgram(EVERYTHING);
  local = (
    await column(`select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
     and not relispartition`)
  ).filter((table) => !OF_STORES.includes(table));
  const old = await openProgram();
  const convert = await oldPolls(old);
  const sent = [...(await recorded(() => doEverything(program))), ...(await recorded(convert))];
  statements = [...new Set(sent.map((text) => text.toLowerCase()))];
  await old.close();
}, 240_000);
afterAll(() => program.close());

async function column(sql: string): Promise<string[]> {
  const { rows } = await program.database.pool.query({ text: sql, rowMode: 'array' });
  return (rows as unknown as string[][]).map(([value]) => value);
}

const textOf = (pieces: readonly string[]): string =>
  pieces
    .map((piece) => piece.trim())
    .filter(Boolean)
    .join(' § ');

const ofDistributed = (): string[] => statements.filter((text) => tablesOf(text).some((t) => DISTRIBUTED.includes(t)));

const tablesOf = (text: string): string[] =>
  [...DISTRIBUTED, ...REFERENCE_TABLES, ...local].filter((table) =>
    new RegExp(`(from|join|into|update|using|,|copy|table|only) ${table}(_(before_)?\\d{8})?\\b`).test(text),
  );

describe('the schema', () => {
  it('every table with a store_id is listed as a reference table or a distributed table', async () => {
    const tables = await column(`select distinct relname from pg_class join pg_attribute on attrelid = pg_class.oid
      where attname = 'store_id' and relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace`);
    expect(tables.toSorted()).toEqual(OF_STORES.filter((table) => table !== 'store').toSorted());
  });

  it('store_id is an integer, not null, and part of every key of a distributed table', async () => {
    const odd = await column(`select attrelid::regclass::text from pg_attribute where attname = 'store_id'
      and attrelid = any(array[${DISTRIBUTED.map((t) => `'${t}'::regclass`).join()}])
      and not (attnotnull and atttypid = 'integer'::regtype)`);
    expect(odd).toEqual([]);
    const keys = await column(`select indexrelid::regclass::text || ' ' || pg_get_indexdef(indexrelid) from pg_index
      where indisunique and indrelid = any(array[${DISTRIBUTED.map((t) => `'${t}'::regclass`).join()}])`);
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(key).toMatch(/\(.*\bstore_id\b.*\)/);
  });

  it('has no triggers, and foreign keys only between reference tables', async () => {
    const tables = OF_STORES.map((table) => `'${table}'::regclass`).join();
    expect(
      await column(`select tgname from pg_trigger where not tgisinternal and tgrelid = any(array[${tables}])`),
    ).toEqual([]);
    const ends = await column(`select conrelid::regclass || ' ' || confrelid::regclass from pg_constraint
      where contype = 'f' and (conrelid = any(array[${tables}]) or confrelid = any(array[${tables}]))`);
    expect(ends.length).toBeGreaterThan(0);
    for (const end of ends.join(' ').split(' ')) expect(REFERENCE_TABLES).toContain(end);
  });
});

describe('the SQL', () => {
  it('was recorded: each distributed table is read, written and deleted from', () => {
    const seen = (pattern: string): boolean => ofDistributed().some((text) => new RegExp(pattern).test(text));
    for (const table of DISTRIBUTED) expect(seen(`(from|join) ${table}\\b`)).toBe(true);
    for (const table of DISTRIBUTED) expect(seen(`(insert into|copy) ${table}\\b`)).toBe(true);
    for (const table of DISTRIBUTED.slice(1)) expect(seen(`delete from ${table}\\b`)).toBe(true);
    // of retention, metrics and snapshots
    expect(seen('insert into status_day_before_20261012 select')).toBe(true);
    expect(seen('drop table status_day_20261005')).toBe(true);
    expect(seen('count.* from rollup_due limit')).toBe(true);
    expect(seen('lock table only status_day, only uptime_day')).toBe(true);
  });

  it('every SQL text in src/ on these tables was recorded', () => {
    const texts = sqlTexts(OF_STORES);
    expect(texts.length).toBeGreaterThan(50);
    const missing = texts.filter((text) => !statements.some((statement) => isFrom(text, statement)));
    expect(missing.filter(({ pieces }) => !ONLY_ON_CITUS.includes(textOf(pieces)))).toEqual([]);
    expect(missing).toHaveLength(ONLY_ON_CITUS.length);
  });

  it.each([
    ['no correlated or lateral subquery', /\blateral\b|\bexists ?\(/],
    ['no row locks', /\bfor (no key )?(update|share|key share)\b/],
    ['no grouping sets', /\b(rollup|cube|grouping sets) ?\(/],
    [
      'no stable arithmetic on columns in UPDATE or DELETE',
      /^(with \w+ as \( ?)?(update|delete) .*\b(interval|now\(|date_trunc)/,
    ],
    // A conversion of a column that is immutable is the exception: Citus accepts it, and a real one ran it.
    [
      'only columns and immutable expressions in RETURNING',
      /\breturning (?!([\w., ]|\(extract\(epoch from polled_at - timestamptz 'epoch'\) \* 1000\)::float8)+(\)|$))/,
    ],
    [
      'no row counts of INSERT .. SELECT .. ON CONFLICT without RETURNING',
      /\binsert .*\bon conflict\b(?!.*\breturning\b)/,
    ],
    ['no now() in written values', /\bdo update set .*\b(now|random)\(/],
  ])('has %s', (_, pattern) => {
    expect(ofDistributed().filter((text) => pattern.test(text))).toEqual([]);
  });

  it('no statement uses both a distributed table and a local table of the coordinator', () => {
    const mixed = ofDistributed().filter((text) => tablesOf(text).some((table) => local.includes(table)));
    expect(mixed).toEqual([]);
  });

  it('every distributed table is joined on store_id', () => {
    const joined = ofDistributed().filter((text) => / join | using unnest/.test(text));
    expect(ofDistributed().length).toBeGreaterThan(10);
    const byStore =
      /using \(store_id\b|\bon \w+\.store_id = \w+\.(store_id|id)\b|where \w+\.store_id = \w+\.store_id\b/;
    expect(joined.filter((text) => !byStore.test(text))).toEqual([]);
  });

  it('every union is a subquery, because Citus would compute a top-level one on the coordinator', () => {
    const topLevel = (text: string): string => {
      let [kept, next] = [text.replace(/^copy \((.*)\) to .*$/, '$1'), ''];
      for (; (next = kept.replace(/\([^()]*\)/g, '')) !== kept; kept = next);
      return kept;
    };
    const unions = ofDistributed().filter((text) => text.includes(' union '));
    expect(unions.filter((text) => topLevel(text).includes(' union '))).toEqual([]);
  });

  it('every GROUP BY on a distributed table includes its store_id', () => {
    const grouped = ofDistributed().filter((text) => text.includes('group by'));
    expect(grouped.length).toBeGreaterThan(1);
    for (const text of grouped) expect(text).toMatch(/group by store_id\b/);
  });
});
