import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { kindOf } from '../../libs/file-kind.js';
import { FILE_KINDS, type FileKind } from '#libs/file-kind.js';
import type { Import } from '../../src/features/ingestion/imports/import.entity.js';
import { Importer } from '../../src/features/ingestion/imports/importer.js';
import { HEADER } from '../e2e/files.js';
import { type Program, openProgram } from '../program/program.js';

const page = readFileSync('docs/files.md', 'utf8');

/** The rows of the tables under a heading, as cells. */
const tableUnder = (heading: string): string[][] =>
  page
    .split(/^## /m)
    .find((section) => section.startsWith(`${heading}\n`))!
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) => line.slice(2, -2).split(' | '));

const codeIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code);

let program: Program;
beforeAll(async () => {
  program = await openProgram();
});
afterAll(() => program?.close());

const load = (kind: FileKind, bytes: Buffer): Promise<Import> =>
  program.context.get(Importer).importFile(kind, 'test', Readable.from([bytes]));

/** A file with one row. */
const loadRow = (kind: FileKind, row: string): Promise<Import> => load(kind, Buffer.from(`${HEADER[kind]}${row}\n`));

describe('docs/files.md', () => {
  const kinds = [...page.matchAll(/^\| [^|]+ \| (.+) \| .+ \| \[(.+)\]\((.+)\) \|$/gm)].map(
    ([, names, file, path]) => ({
      names: codeIn(names),
      file,
      path: path.replace('../', ''),
    }),
  );

  it('has an example of each kind', () => {
    expect(new Set(kinds.map(({ file }) => kindOf(file)))).toEqual(new Set(FILE_KINDS));
  });

  it.each(kinds)(
    'contains a file that loads without a reject, and all file names of its kind: $file',
    async ({ names, file, path }) => {
      const kind = kindOf(file)!;
      const loaded = await load(kind, readFileSync(path));

      expect(loaded).toMatchObject({ status: 'Complete', rejectedRows: 0, warnings: [] });
      expect(loaded.acceptedRows).toBeGreaterThan(0);
      for (const name of names) expect(kindOf(`${name}.csv.gz`)).toBe(kind);
    },
  );

  const timestamp = (code: string): string =>
    /^\d{4}/.test(code) ? code : `2026-01-12 15:14:39 ${code}`.replace(' +', '+');
  const ROWS: Record<string, [FileKind, (code: string) => string]> = {
    '`status`': ['store_status', (code) => `a,${code},2026-01-12T15:14:39Z`],
    '`timestamp_utc`': ['store_status', (code) => `a,active,${timestamp(code.replace(/^T$/, '2026-01-12T15:14'))}`],
    Days: ['business_hours', (code) => `a,${code},09:00,17:00`],
    Times: ['business_hours', (code) => `a,0,08:00,${code}`],
    'No opening': ['special_hours', (code) => `a,2026-12-24,${code},${code}`],
    Zones: ['store_timezones', (code) => `a,${code}`],
    Dates: ['store_life', (code) => `a,${code},`],
    'Names, tags': ['stores', (code) => `a,${code},${code},`],
  };
  const forms = tableUnder('Forms').flatMap(([what, text]) =>
    ROWS[what] ? codeIn(text).map((code) => ({ what, code, kind: ROWS[what][0], row: ROWS[what][1](code) })) : [],
  );

  it('lists formats for every kind of cell', () => {
    expect(new Set(forms.map(({ what }) => what))).toEqual(new Set(Object.keys(ROWS)));
  });

  it.each(forms)('is right that this is read: $what $code', async ({ kind, row }) => {
    expect(await loadRow(kind, row)).toMatchObject({ error: null, rejectReasons: [], rejectedRows: 0, readRows: 1 });
  });

  const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
  const rows = ['store_id,timezone_str', 'a,Asia/Tokyo', 'b,Asia/Seoul', ''];
  const WHOLE: Record<string, Buffer | string> = {
    semicolons: rows.join('\n').replaceAll(',', ';'),
    tabs: rows.join('\n').replaceAll(',', '\t'),
    'sep=;': `sep=;\n${rows.join('\n').replaceAll(',', ';')}`,
    'only at the start of the cell': 'store_id,note,timezone_str\na,12" pizza,Asia/Tokyo\n"b",,Asia/Seoul\n',
    'Blanks around': ' store_id ,timezone_str\n a\u00a0, Asia/Tokyo \nb ,Asia/Seoul\n',
    'an empty last cell': rows.join(',\n').replace(',\n', '\n'),
    LF: rows.join('\n'),
    CRLF: rows.join('\r\n'),
    'CR CR LF': rows.join('\r\r\n'),
    CR: rows.join('\r'),
    'Blank lines': rows.join('\n\n'),
    'a byte-order mark': `\ufeff${rows.join('\n')}`,
    'UTF-16': utf16(rows.join('\r\n')),
    gzip: gzipSync(rows.join('\n')),
    'in any order and case': 'TIMEZONE,note,Store_Id\nAsia/Tokyo,,a\nAsia/Seoul,,b\n',
  };

  it.each(Object.entries(WHOLE))('is right that such a file is read: %s', async (what, file) => {
    expect(page).toContain(what);
    expect(await load('store_timezones', Buffer.from(file))).toMatchObject({
      error: null,
      readRows: 2,
      rejectedRows: 0,
    });
  });

  const BAD: Record<string, [FileKind, (value: string) => string]> = {
    status: ['store_status', (value) => `a,${value},2026-01-12T15:14:39Z`],
    timestamp_utc: ['store_status', (value) => `a,active,${value}`],
    dayOfWeek: ['business_hours', (value) => `a,${value},09:00,17:00`],
    start_time_local: ['business_hours', (value) => `a,0,${value},17:00`],
    timezone_str: ['store_timezones', (value) => `a,${value}`],
    date: ['special_hours', (value) => `a,${value},,`],
  };
  const reasons = tableUnder('Rejected rows').flatMap(([cell]) => {
    const [, column, value, words] = /^`(\w+): "([^"]+)" ([^`…]+)/.exec(cell) ?? [];
    return column ? [{ column, value, words: words.trim() }] : [];
  });

  it('lists the reasons for every kind of cell', () => {
    expect(new Set(reasons.map(({ column }) => column))).toEqual(new Set(Object.keys(BAD)));
  });

  it.each(reasons)('is right about how this is rejected: $column "$value"', async ({ column, value, words }) => {
    const [kind, row] = BAD[column];
    const { rejectReasons } = await loadRow(kind, row(value));
    expect(rejectReasons[0].reason).toContain(`${column}: "${value}" ${words}`);
  });

  it('is right about how a tag is rejected', async () => {
    const { rejectReasons } = await loadRow('stores', `a,,${'x'.repeat(256)},`);
    const [listed] = page.match(/region must be [^…`]+got/)!;
    expect(rejectReasons[0].reason).toContain(listed);
  });

  it('shows the example of names and tags', () => {
    expect(page).toContain(readFileSync('examples/files/stores.csv', 'utf8'));
  });

  it.each([
    ['store_id is empty', ',Asia/Tokyo'],
    ['spreadsheet', '8.41954E+18,Asia/Tokyo'],
    ['the row has 1 fields, the header 2', 'a'],
  ])('is right about how a row is rejected: %s', async (reason, row) => {
    const { rejectReasons } = await loadRow('store_timezones', row);
    expect(rejectReasons[0].reason).toContain(reason);
    expect(page).toContain(reason.replace(/1 fields.*/, '2 fields, the header 3'));
  });
});
