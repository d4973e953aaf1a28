import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createReadStream, readdirSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFolder } from '../../src/commands/load.js';
import type { Import } from '../../src/features/ingestion/imports/import.entity.js';
import { Importer } from '../../src/features/ingestion/imports/importer.js';
import { ImportsService } from '../../src/features/ingestion/imports/imports.service.js';
import { type Program, openProgram } from '../program/program.js';
import { CASES, fill } from './folders.js';

/** Cases with another outcome, tested below. */
const SPECIAL = ['dow-iso-1-7', 'ids-scientific', 'zone-bst', 'hours-one-bad-row', 'header-only', 'zip-named-csv'];

let program: Program;
let imports: ImportsService;
let importer: Importer;
let home: string;
let folder: string;
let expected: string;
let said: string[];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'storewatch-cases-'));
  folder = join(home, 'files');
  expected = await readFile(join(CASES, 'base', 'expected.csv'), 'utf8');
});
afterAll(() => rm(home, { recursive: true, force: true }));

beforeEach(async () => {
  said = [];
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  }
  // A program caches store ids, so each case has its own database.
  program = await openProgram();
  imports = program.context.get(ImportsService);
  importer = program.context.get(Importer);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await program.close();
});

/** Loads the folder of a case, with the other files from `base`. @returns whether every import succeeded */
async function loadCase(name: string): Promise<boolean> {
  await fill(folder, name);
  return loadFolder(folder, importer);
}

const importsOf = async (kind: string): Promise<Import[]> =>
  (await imports.list({}, 10)).imports.filter((each) => each.kind === kind);

async function reasonsOf(id: string): Promise<string[]> {
  const reasons: string[] = [];
  for await (const { reason } of imports.rejects(id)) reasons.push(reason);
  return reasons;
}

/** Without the first column, reports on stores with different ids can be compared. */
const withoutIds = (csv: string): string => csv.replaceAll(/^[^,]*/gm, '');

describe('the facts of base in another format', () => {
  const names = readdirSync(CASES).filter((name) => !name.includes('.') && !SPECIAL.includes(name));

  it('include all cases', () => {
    expect(names.length).toBeGreaterThan(15);
  });

  it.each(names)('make the same report: %s', async (name) => {
    expect({ isLoaded: await loadCase(name), said: said.filter((line) => /:\d+: /.test(line)) }).toEqual({
      isLoaded: true,
      said: [],
    });
    expect(await program.report()).toBe(expected);
    for (const { rejectedRows, status } of (await imports.list({}, 10)).imports) {
      expect({ rejectedRows, status }).toEqual({ rejectedRows: 0, status: 'Complete' });
    }
  });

  it('report which CSV in the folder was not read', async () => {
    await fill(folder, 'names-menu-space');
    await copyFile(join(CASES, 'base', 'expected.csv'), join(folder, 'expected.csv'));
    await loadFolder(folder, importer);

    expect(said.join('')).toContain(
      `storewatch: ${folder}: 1 file skipped, because the name matches no known kind: "expected.csv"\n`,
    );
  });
});

describe('unreadable facts', () => {
  it('days from 1 to 7: the file of hours is rejected as a whole, and every row is counted', async () => {
    expect(await loadCase('dow-iso-1-7')).toBe(false);

    const [hours] = await importsOf('business_hours');
    expect(hours).toMatchObject({
      status: 'Failed',
      readRows: 23,
      acceptedRows: 0,
      duplicateRows: 0,
      rejectedRows: 23,
    });
    expect(hours.error).toContain(
      'No row of the file is used: dayOfWeek must be 0 (Monday) to 6 (Sunday) or a name, got "7"',
    );
    expect(await reasonsOf(hours.id)).toHaveLength(23);
    expect((await program.timezones.calendar('1003')).weekly).toEqual([]);
  });

  it('ids damaged by a spreadsheet: their rows are rejected with that reason, and no store is added', async () => {
    expect(await loadCase('ids-scientific')).toBe(true);

    for (const kind of ['business_hours', 'store_status']) {
      const [{ id, rejectedRows, acceptedRows }] = await importsOf(kind);
      const reasons = await reasonsOf(id);
      expect(reasons).toHaveLength(rejectedRows);
      expect(acceptedRows).toBeGreaterThan(0);
      for (const reason of reasons) expect(reason).toMatch(/store_id .*spreadsheet/);
    }
    expect((await program.report()).match(/^[^,]+/gm)).toEqual(expected.match(/^[^,]+/gm));
  });

  it('an unknown zone: the row is rejected, and the store has the default zone', async () => {
    expect(await loadCase('zone-bst')).toBe(false);

    const [zones] = await importsOf('store_timezones');
    expect(zones).toMatchObject({ status: 'Failed', rejectedRows: 1 });
    expect((await reasonsOf(zones.id))[0]).toContain('"BST"');
    expect(await program.timezones.calendar('shop-1')).toMatchObject({ zone: 'America/Chicago', zoneIsDefault: true });
    const report = await program.report();
    expect(await program.timezones.setTimezone('shop-1', 'America/Chicago')).toMatchObject({ zoneIsDefault: false });
    expect(withoutIds(await program.report())).toBe(withoutIds(report));
  });

  it('one invalid row of hours: the store keeps its week, and the import says so', async () => {
    const loadHours = (file: string): Promise<Import> =>
      importer.importFile('business_hours', 'test', createReadStream(join(CASES, 'hours-one-bad-row', file)));
    await loadHours('good.csv');
    const week = (await program.timezones.calendar('corner')).weekly;

    const { status, readRows, rejectedRows, warnings } = await loadHours('one-bad-row.csv');

    expect({ status, readRows, rejectedRows }).toEqual({ status: 'Failed', readRows: 7, rejectedRows: 7 });
    expect(warnings).toEqual([expect.stringContaining('"corner" (line 2)')]);
    expect((await program.timezones.calendar('corner')).weekly).toEqual(week);
    expect(week).toHaveLength(7);
  });

  it('a header without rows: there are no polls to report', async () => {
    expect(await loadCase('header-only')).toBe(true);

    await expect(program.report()).rejects.toThrow('There are no polls yet, so there is nothing to report.');
    expect(said.join('')).toContain('store_status.csv: The file has a header but no rows.');
  });

  it('an archive named as a CSV: it is rejected as an archive', async () => {
    expect(await loadCase('zip-named-csv')).toBe(false);

    const [{ status, error, acceptedRows }] = await importsOf('store_status');
    expect({ status, acceptedRows }).toEqual({ status: 'Failed', acceptedRows: 0 });
    expect(error).toContain('this is a zip archive (an Excel workbook?), not a CSV');
    await expect(program.report()).rejects.toThrow('There are no polls yet');
  });
});
