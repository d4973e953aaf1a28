import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { filterSql } from '../../src/edge/filter/filter-sql.js';
import { inState, readStoreFilter } from '../../src/edge/filter/store-filter.js';
import { type Program, openProgram } from './program.js';

/** Filters on the table store. */

let program: Program;
let pool: Pool;

const STORES = [
  { id: 'A-1', name: 'Burger King Ålesund', timezone: 'Europe/Oslo', tags: { brand: 'bk', region: 'North' } },
  { id: 'A-2', name: 'burger_shack', timezone: null, tags: { brand: 'BK 100%', 'two words': 'a"b\\c' } },
  { id: 'B-1', name: null, timezone: 'Asia/Calcutta', tags: {} },
  { id: 'B-2', name: "Wendy's; drop table store", timezone: 'America/Chicago', tags: { brand: '*', region: '' } },
];
const ALL = STORES.map(({ id }) => id);

beforeAll(async () => {
  program = await openProgram();
  pool = program.database.pool;
  for (const { id, name, timezone, tags } of STORES) {
    await pool.query('insert into store (external_id, name, timezone, tags) values ($1, $2, $3, $4)', [
      id,
      name,
      timezone,
      tags,
    ]);
  }
});
afterAll(() => program.close());

async function matches(sql: (values: unknown[]) => string): Promise<string[]> {
  const values: unknown[] = [];
  const condition = sql(values);
  const { rows } = await pool.query(`select external_id as id, ${condition} as matches from store order by 1`, values);
  for (const row of rows) expect(typeof row.matches).toBe('boolean');
  return rows.flatMap((row) => (row.matches ? [row.id as string] : []));
}

const found = (filter: string): Promise<string[]> => matches((values) => filterSql(readStoreFilter(filter), values));

describe('a filter of stores', () => {
  it.each<[string, string[]]>([
    ['', ALL],
    ['store_id = A-1', ['A-1']],
    ['store_id = a-1', []],
    ['store_id:a-', ['A-1', 'A-2']],
    ['store_id = "A*"', ['A-1', 'A-2']],
    ['store_id != "*-1"', ['A-2', 'B-2']],
    ['store_id = "*-*"', ALL],
    ['name = "Burger King Ålesund"', ['A-1']],
    ['name:burger', ['A-1', 'A-2']],
    ['name:"king å"', ['A-1']],
    ['name:KING*', ['A-1']],
    ['name:burger_s', ['A-2']],
    ['name = "burger_*"', ['A-2']],
    ['name = *', ['A-1', 'A-2', 'B-2']],
    ['name:*', ['A-1', 'A-2', 'B-2']],
    ['NOT name:*', ['B-1']],
    ['name != "burger_shack"', ['A-1', 'B-1', 'B-2']],
    [`name = "Wendy's; drop table store"`, ['B-2']],
    ["Wendy's", ['B-2']],
    ['timezone = "America/Chicago"', ['A-2', 'B-2']],
    ['timezone = Asia/Kolkata', ['B-1']],
    ['timezone != asia/kolkata', ['A-1', 'A-2', 'B-2']],
    ['timezone = "America/*"', ['A-2', 'B-2']],
    ['timezone:calcutta', ['B-1']],
    ['tags.brand = bk', ['A-1']],
    ['tags.brand != bk', ['A-2', 'B-1', 'B-2']],
    ['-tags.brand = bk', ['A-2', 'B-1', 'B-2']],
    ['tags.brand:bk', ['A-1', 'A-2']],
    ['tags.brand = "*100%"', ['A-2']],
    ['tags.brand = "*0_"', []],
    [String.raw`tags.brand = "\*"`, ['B-2']],
    ['tags.brand = "*"', ['A-1', 'A-2', 'B-2']],
    ['tags.brand != "*"', ['B-1']],
    ['tags:brand', ['A-1', 'A-2', 'B-2']],
    ['tags.brand:*', ['A-1', 'A-2', 'B-2']],
    ['tags:*', ['A-1', 'A-2', 'B-2']],
    ['tags:bran', []],
    ['tags.region = ""', ['B-2']],
    [String.raw`tags."two words" = "a\"b\\c"`, ['A-2']],
    [String.raw`tags."two words" = "a\"b\\*"`, ['A-2']],
    ['tags:"two words"', ['A-2']],
    ['b-1', ['B-1']],
    ['burger 1', ['A-1']],
    ['burger OR b-', ALL],
    ['tags:brand timezone:america OR name:king', ['A-1', 'A-2', 'B-2']],
    ['(tags:brand timezone:america) OR store_id = B-1', ['A-2', 'B-1', 'B-2']],
    ['NOT (tags.brand = bk OR tags.region = "")', ['A-2', 'B-1']],
  ])('%s: %j', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it('never selects a store and not its negation, or both', async () => {
    const field = fc.constantFrom('store_id', 'name', 'tags.brand', 'tags.region', 'tags."no such"');
    const value = fc.constantFrom('bk', '"*"', '"b*"', '""', '"*1"', 'A-1', 'North');
    const comparison = fc.tuple(field, fc.constantFrom('=', '!=', ':'), value).map((parts) => parts.join(' '));
    const several = fc.array(fc.tuple(fc.constantFrom('', '-', 'NOT '), comparison), { minLength: 1, maxLength: 4 });
    const filter = fc
      .tuple(several, fc.constantFrom(' ', ' OR '))
      .map(([all, between]) => all.map((each) => each.join('')).join(between));
    await fc.assert(
      fc.asyncProperty(filter, async (written) => {
        const [those, others] = [await found(written), await found(`NOT (${written})`)];
        expect([...those, ...others].toSorted()).toEqual(ALL);
      }),
      { numRuns: 100 },
    );
  });

  it('accepts any text as a value', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((each) => !/[\0\p{Surrogate}]/u.test(each));
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        await pool.query(`update store set name = $1, tags = $2 where external_id = 'B-1'`, [
          value,
          { [value]: value },
        ]);
        const written = `"${value.replaceAll(/["*\\]/g, String.raw`\$&`)}"`;
        for (const filter of [
          `name = ${written}`,
          `name:${written}`,
          `tags.${written} = ${written}`,
          `tags:${written}`,
          written,
        ]) {
          expect(await found(`store_id = B-1 (${filter})`)).toEqual(['B-1']);
        }
      }),
      { numRuns: 50 },
    );
    await pool.query(`update store set name = null, tags = '{}' where external_id = 'B-1'`);
  });

  it('is what is left of it in a state', async () => {
    const filter = readStoreFilter('state = down OR tags.brand = bk -state:closed', ['up', 'down', 'closed'])!;
    const inEach = (state: string): Promise<string[]> => matches((values) => filterSql(inState(filter, state), values));
    expect(await inEach('up')).toEqual(['A-1']);
    expect(await inEach('down')).toEqual(ALL);
    expect(await inEach('closed')).toEqual([]);
  });
});

describe('an error of a filter', () => {
  it.each([
    ['brand = bk', 'compare store_id, name, timezone or tags.KEY, got "brand" at character 1'],
    ['a name.first = bk', 'compare store_id, name, timezone or tags.KEY, got "name.first" at character 3'],
    ['tags.a.b = bk', 'have one key after tags, got "tags.a.b" at character 1'],
    ['tags = bk', 'compare tags.KEY, or have : after tags, got "tags" at character 1'],
    ['tags:b*', 'have a key or * after tags:, got "b" at character 6'],
    [
      'timezone = EST5',
      'compare timezone with a zone of the tz database, such as America/New_York, got "EST5" at character 12',
    ],
    [
      '-state = up',
      'not have state, which only the summary, heatmap and events of the fleet know, got "state" at character 2',
    ],
  ])('%s: filter must %s', (filter, problem) => {
    expect(() => readStoreFilter(filter)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', field: 'filter', message: `filter must ${problem}.` }),
    );
  });

  it('names the states, where they are known', () => {
    expect(() => readStoreFilter('state = dwon', ['up', 'down'])).toThrow(
      'filter must compare state with up or down, got "dwon" at character 9.',
    );
    expect(() => readStoreFilter('brand = bk', ['up'])).toThrow('tags.KEY or state, got "brand"');
    expect(() => readStoreFilter(7)).toThrow('filter must be a string, got 7.');
  });
});
