import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { LOCAL_TIME_FORM } from '../../libs/calendar/local-time.js';
import { CASES, fill } from '../cases/folders.js';
import { HEADER } from '../e2e/files.js';
import { createTestDatabase } from '../setup/test-database.js';
import type { Ended } from './command.js';
import { runHere } from './run-here.js';

let dir: string;
let files: string;
let out: string;
let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'storewatch-load-'));
  files = join(dir, 'files');
  out = join(dir, 'report.csv');
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(async () => {
  database = await createTestDatabase();
  await writeFile(out, 'yesterday\n');
});
afterEach(() => database.drop());

const run = (...args: string[]): Promise<Ended> =>
  runHere({ env: { ...process.env, DATABASE_URL: database.url, STOREWATCH_HOME: dir }, cwd: dir }, ...args);
const report = (...args: string[]): Promise<Ended> => run('report', '--data', files, '--out', out, ...args);
const write = (name: string, text: string): Promise<void> => writeFile(join(files, name), text);

describe('storewatch report --data', () => {
  it('makes the report of a folder and lists on stderr what was not read', async () => {
    await fill(files, 'names-menu-space');
    await write('expected.csv', 'anything');
    expect(await report()).toEqual({
      code: 0,
      err: `storewatch: ${files}: 1 file skipped, because the name matches no known kind: "expected.csv"\n`,
      out: expect.stringContaining('report of 3 stores'),
    });
    expect(await readFile(out, 'utf8')).toBe(await readFile(join(CASES, 'base', 'expected.csv'), 'utf8'));
  });

  it('makes no report when a file fails, keeps the old report, and loads the other files', async () => {
    await fill(files, 'base');
    await write('store_timezones.csv', `${HEADER.store_timezones}1003,Mars/Olympus\n`);

    const failed = await report();

    expect(failed.code).toBe(1);
    expect(failed.out).toContain('store_status.csv: 648 rows read, 648 accepted, 0 duplicate, 0 rejected');
    expect(failed.out).not.toContain('report of');
    expect(failed.err).toContain(`${files}/store_timezones.csv: No row can be used: 1 read, all rejected.`);
    expect(failed.err).toContain(`storewatch: No report was made, because a file in ${files} failed to load.\n`);
    expect(await readFile(out, 'utf8')).toBe('yesterday\n');
  });

  it.each([[[]], [['--as-of', '2026-01-11T00:00:00Z']]])('makes no report without polls: %j', async (options) => {
    await fill(files, 'header-only');

    const { code, err } = await report(...options);

    expect(code).toBe(1);
    expect(err).toContain(`${files}/store_status.csv: The file has a header but no rows.\n`);
    expect(err).toContain('storewatch: There are no polls yet, so there is nothing to report.');
    expect(await readFile(out, 'utf8')).toBe('yesterday\n');
  });

  it('with --strict makes no report when a row is rejected', async () => {
    await fill(files, 'base');
    await write('special_hours.csv', `${HEADER.special_hours}1003,2026-12-25,,\n1003,soon,,\n`);

    const strict = await report('--strict');
    expect(strict.code).toBe(1);
    expect(strict.err).toContain(
      'No row of the file is used, because 1 of 2 rows cannot be used and the import is strict.',
    );
    expect(await readFile(out, 'utf8')).toBe('yesterday\n');

    expect(await report()).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 accepted, 0 duplicate, 1 rejected'),
    });
  });
});

describe('storewatch load', () => {
  it('loads names and tags, and with --replace-tags removes those that the file lacks', async () => {
    await fill(files, 'base');
    await write('stores.csv', 'store_id,name,region,brand\n1001,One,North,Corner\n1002,Two,South,Corner\n');
    expect((await run('load', files)).out).toContain('stores.csv: 2 rows read, 2 accepted, 0 duplicate, 0 rejected');
    await write('stores.csv', 'store_id,region\n1001,West\n');
    expect(await run('load', files, '--replace-tags')).toMatchObject({ code: 0 });

    const client = new pg.Client(database.url);
    await client.connect();
    const { rows } = await client.query('select name, tags from store where name is not null order by name');
    await client.end();
    expect(rows).toEqual([
      { name: 'One', tags: { region: 'West' } },
      { name: 'Two', tags: { region: 'South', brand: 'Corner' } },
    ]);
  });

  it('summarizes notable findings on stderr in a few lines', async () => {
    await fill(files, 'base');
    await rm(join(files, 'store_timezones.csv'));
    const rows = Array.from({ length: 50 }, (_, i) => `0${i},maybe,2026-01-01T00:00:00Z\n`).join('');
    await write('store_status (1).csv', `${HEADER.store_status}01003,active,2026-01-01T00:00:00Z\n${rows}`);
    await write(
      'business_hours (1).csv',
      `${HEADER.business_hours}1003,0,09:00,nine\nnew,0,09:00,nine\nx,0,09:00,10:00\n`,
    );
    for (let i = 0; i < 9; i++) await write(`old-${i}.csv`, '');

    const { code, out: counts, err } = await run('load', files);

    expect(code).toBe(0);
    expect(counts.match(/\d+ rows read/g)).toEqual(
      expect.arrayContaining(['648 rows read', '51 rows read', '23 rows read']),
    );
    const lines = err
      .replaceAll(`storewatch: ${files}`, '')
      .replaceAll(/[\da-f-]{36}/g, 'ID')
      .trimEnd()
      .split('\n');
    expect(lines.toSorted()).toEqual(
      [
        '/store_status (1).csv:3: status: "maybe" is neither active nor inactive (and 49 more rows like it)',
        `/business_hours (1).csv:2: end_time_local: "nine" is not ${LOCAL_TIME_FORM}, or Closed (and 1 more row like it)`,
        '/business_hours (1).csv: 1 store without hours because of a rejected row, open all day in reports: "new" (line 3).',
        '/business_hours (1).csv: 1 store with the same week as before this file, because of a rejected row: "1003" (line 2).',
        '/store_status (1).csv: to see the rejected rows: GET /v1/imports/ID/rejects, or the table import_reject, import_id ID',
        '/business_hours (1).csv: to see the rejected rows: GET /v1/imports/ID/rejects, or the table import_reject, import_id ID',
        ': 2 files of business_hours were loaded in this order; where they differ, the last one counts: "business_hours.csv", "business_hours (1).csv"',
        ': 9 files skipped, because the name matches no known kind: "old-0.csv", "old-1.csv", "old-2.csv", "old-3.csv", "old-4.csv" and 4 more',
        'storewatch: 4 stores with hours but no timezone, so America/Chicago is used: "1003", "5415949628544298339", "8419537941919820732", "x"',
        'storewatch: 1 group of store ids that look alike but are different stores: "01003" and "1003"',
      ].toSorted(),
    );
  });

  it('still reads a zone that an older version accepted and the tz database lacks, and names its stores', async () => {
    await fill(files, 'base');
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(
        "insert into store (external_id, timezone) values ('old 1', 'BST'), ('old 2', 'BST'), ('spelt', 'europe/paris')",
      );
    } finally {
      await client.end();
    }

    const { code, err } = await report();

    expect({ code, err }).toEqual({
      code: 0,
      err:
        'storewatch: 2 stores with a timezone that is not in the tz database, set by an older version; load the correct one: ' +
        '"old 1" ("BST", read as Asia/Dhaka), "old 2" ("BST", read as Asia/Dhaka)\n',
    });
    expect((await readFile(out, 'utf8')).match(/^(old 1|old 2|spelt),/gm)).toHaveLength(3);
  });

  it('exits with 1 when a file has no usable row', async () => {
    await fill(files, 'zone-bst');
    await write('store_timezones.csv', `${HEADER.store_timezones}shop-1,Mars/Olympus\n`);

    const { code, out: counts } = await run('load', files);

    expect(code).toBe(1);
    expect(counts).toContain('store_timezones.csv: 1 row read, 0 accepted, 0 duplicate, 1 rejected');
  });

  it('lists what the folder has when it finds none of the files', async () => {
    await fill(files, 'hours-one-bad-row');

    expect(await run('load', files)).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /contains no data files\. .*store_status\.csv.* It contains "good\.csv", "one-bad-row\.csv"\.\n$/,
      ),
    });
  });
});
