import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { MAX_COMPARISONS, MAX_DEPTH, MAX_LENGTH } from '../../libs/filter/parse.js';
import { filterSql } from '../../src/edge/filter/filter-sql.js';
import { TEXT_FIELDS, inState, readStoreFilter } from '../../src/edge/filter/store-filter.js';
import { STORE_STATES } from '../../src/features/fleet/store-state.js';
import { type Program, openProgram } from '../program/program.js';

const page = readFileSync('docs/filter.md', 'utf8');

/** The rows of the table with this head, as lists of the code in each cell. */
const tableWith = (head: string): string[][][] =>
  page
    .split(`| ${head} |\n`)[1]
    .split('\n\n')[0]
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.slice(2, -1).split('|').map(codeIn));

const codeIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code);

const STORES = tableWith('`store_id` | `name` | `tags` | `timezone` | `state`').map(
  ([[id], [name], tags, [timezone], [state]]) => ({
    id,
    name,
    tags: Object.fromEntries(tags.map((tag) => tag.split('='))) as object,
    timezone,
    state,
  }),
);
const EXAMPLES = tableWith('Filter | Selects').map(([[filter], expected]): [string, string[]] => [filter, expected]);

let program: Program;
beforeAll(async () => {
  program = await openProgram();
  for (const { id, name, tags, timezone } of STORES) {
    await program.database.pool.query('insert into store (external_id, name, tags, timezone) values ($1, $2, $3, $4)', [
      id,
      name,
      tags,
      timezone,
    ]);
  }
});
afterAll(() => program?.close());

async function selects(filter: string, { id, state }: { id: string; state: string }): Promise<boolean> {
  const values: unknown[] = [id];
  const condition = filterSql(inState(readStoreFilter(filter, STORE_STATES)!, state), values);
  const { rows } = await program.database.pool.query(
    `select from store where external_id = $1 and ${condition}`,
    values,
  );
  return rows.length === 1;
}

describe('docs/filter.md', () => {
  it('has stores and examples', () => {
    expect(STORES).toHaveLength(4);
    expect(EXAMPLES.length).toBeGreaterThan(10);
  });

  it.each(EXAMPLES)('%s selects %j', async (filter, expected) => {
    const found: string[] = [];
    for (const store of STORES) if (await selects(filter, store)) found.push(store.id);
    expect(found).toEqual(expected);
  });

  it('names every field, the limits and an error that occurs', () => {
    const fields = tableWith('Field | Text').map(([[field]]) => field);
    expect(fields).toEqual([...TEXT_FIELDS, 'tags.KEY', 'state']);
    const limits = [MAX_LENGTH.toLocaleString('en'), `${MAX_COMPARISONS} comparisons`, `${MAX_DEPTH} parentheses`];
    for (const limit of limits) expect(page).toContain(limit);
    const [, error] = /^An error names the position: `(.*)`$/m.exec(page)!;
    expect(() => readStoreFilter('tags.brand =')).toThrow(error);
  });

  it.each(tableWith('Operator | True if').flatMap(([operators]) => operators))('%s is a filter', (filter) => {
    expect(readStoreFilter(filter)).toBeDefined();
  });
});
