import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import type { FileKind } from '#libs/file-kind.js';
import { type EndedImport, Importer } from '../../src/features/ingestion/imports/importer.js';
import { ImportsService } from '../../src/features/ingestion/imports/imports.service.js';
import type { Reject } from '../../src/features/ingestion/files/reject.js';
import { HEADER } from '../e2e/files.js';
import { type Program, openProgram } from './program.js';

let program: Program;
let imports: ImportsService;
let importer: Importer;
beforeAll(async () => {
  program = await openProgram();
  imports = program.context.get(ImportsService);
  importer = program.context.get(Importer);
});
afterAll(() => program?.close());

const load = (kind: FileKind, rows: string, strict?: boolean): Promise<EndedImport> =>
  importer.importFile(kind, 'test', Readable.from([Buffer.from(HEADER[kind] + rows)]), { strict });

/** A file that breaks off after its first chunk. */
const loadBroken = (kind: FileKind, rows: string, strict?: boolean): Promise<EndedImport> => {
  const chunks = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from(HEADER[kind] + rows);
    await Promise.reject(new Error('connection reset'));
  };
  return importer.importFile(kind, 'test', Readable.from(chunks()), { strict });
};

async function rejectsOf({ id }: { id: string }): Promise<Reject[]> {
  const rejects: Reject[] = [];
  for await (const reject of imports.rejects(id)) rejects.push(reject);
  return rejects;
}

const weekOf = async (storeId: string): Promise<string[]> =>
  (await program.timezones.calendar(storeId)).weekly.map(({ dayOfWeek, startMs, endMs }) =>
    [dayOfWeek, startMs / 3_600_000, endMs / 3_600_000].join(' '),
  );

describe('a file with unusable rows', () => {
  it.each<[FileKind, string]>([
    ['store_status', 'a,maybe,2026-01-01T00:00:00Z\na,,2026-01-01T00:00:00Z\n'],
    ['business_hours', 'a,0,nine,17:00\nb,9,09:00,17:00\n'],
    ['store_timezones', 'a,Mars/Olympus\na,\n'],
    ['special_hours', 'a,tomorrow,09:00,17:00\na,2026-01-01,nine,17:00\n'],
    ['store_life', 'a,yesterday,\na,,x\n'],
    ['stores', `a,A,${'x'.repeat(256)},\na,a\u0007,,\n`],
  ])('fails when no row is usable: %s', async (kind, rows) => {
    const ended = await load(kind, rows);

    expect(ended).toMatchObject({
      status: 'Failed',
      failureCode: 'unprocessable',
      readRows: 2,
      acceptedRows: 0,
      duplicateRows: 0,
      rejectedRows: 2,
    });
    expect(ended.error).toMatch(/^No row can be used: 2 read, all rejected\. Line 2: .+\.$/);
    expect(await imports.find(ended.id)).toMatchObject({ status: 'Failed', error: ended.error });
  });

  it('is complete when one row is a duplicate or accepted', async () => {
    const row = 'known,active,2026-01-01T00:00:00Z\n';
    expect(await load('store_status', `${row}x,maybe,2026-01-01T00:00:00Z\n`)).toMatchObject({
      status: 'Complete',
      acceptedRows: 1,
    });
    expect(await load('store_status', `x,maybe,2026-01-01T00:00:00Z\n${row}`)).toMatchObject({
      status: 'Complete',
      duplicateRows: 1,
      rejectedRows: 1,
    });
  });

  it('is complete without a row, and says so', async () => {
    expect(await load('store_status', '\n\r\n')).toMatchObject({
      status: 'Complete',
      readRows: 0,
      warnings: ['The file has a header but no rows.'],
    });
  });

  it('counts its rows even if its header is unusable', async () => {
    const stream = Readable.from([Buffer.from('id,zone\na,Asia/Tokyo\n\nb,Asia/Tokyo\n')]);
    const ended = await importer.importFile('store_timezones', 'test', stream);

    expect(ended).toMatchObject({ status: 'Failed', readRows: 2, rejectedRows: 2, failureCode: 'invalid_argument' });
    expect(await rejectsOf(ended)).toMatchObject([
      { line: 2, rawRow: 'a,Asia/Tokyo' },
      { line: 4, rawRow: 'b,Asia/Tokyo' },
    ]);
  });

  it('reports the reasons by frequency, with the first line of each', async () => {
    const bad = ['r,maybe,2026-01-01T00:00:00Z', 'r,perhaps,2026-01-01T00:00:00Z', 'r,active'];
    const { rejectReasons } = await load('store_status', `r,active,2026-01-01T00:00:00Z\n${bad.join('\n')}\n`);

    expect(rejectReasons).toEqual([
      { reason: 'status: "maybe" is neither active nor inactive', rows: 2, firstLine: 3 },
      { reason: 'the row has 2 fields, the header 3', rows: 1, firstLine: 5 },
    ]);
  });
});

describe('strict loading', () => {
  it.each<[FileKind, string, string]>([
    ['store_status', 'strict-1,active,2026-01-02T00:00:00Z\n', 'strict-1,maybe,2026-01-02T00:00:00Z\n'],
    ['business_hours', 'strict-2,0,09:00,17:00\n', 'other,0,nine,17:00\n'],
    ['store_timezones', 'strict-3,Asia/Tokyo\n', 'other,Mars/Olympus\n'],
    ['special_hours', 'strict-4,2026-01-01,,\n', 'other,2026-01-01,nine,\n'],
    ['store_life', 'strict-5,2026-01-01,\n', 'other,soon,\n'],
    ['stores', 'strict-7,Corner Shop,,\n', 'other,,a\u0007,\n'],
  ])('accepts nothing of a file with a rejected row: %s', async (kind, good, bad) => {
    const ended = await load(kind, good + bad, true);

    expect(ended).toMatchObject({
      status: 'Failed',
      failureCode: 'unprocessable',
      readRows: 2,
      acceptedRows: 0,
      duplicateRows: 0,
      rejectedRows: 2,
    });
    expect(ended.error).toMatch(
      /^No row of the file is used, because 1 of 2 rows cannot be used and the import is strict\. Line 3: .+\.$/,
    );
    await expect(program.timezones.find(good.split(',')[0])).rejects.toThrow('There is no store');
    expect(await load(kind, good, true)).toMatchObject({ status: 'Complete', acceptedRows: 1 });
  });

  it('accepts nothing of a file that breaks off', async () => {
    const ended = await loadBroken('store_status', 'strict-6,active,2026-01-02T00:00:00Z\n', true);

    expect(ended).toMatchObject({ status: 'Failed', acceptedRows: 0, rejectedRows: 1, readRows: 1 });
    expect(ended.error).toMatch(/No row of the file is used: the import is strict\.$/);
  });

  it('can be the default by a setting, which a load can override', async () => {
    const strict = await openProgram({ STRICT_IMPORTS: 'on' }, program);
    try {
      const service = strict.context.get(Importer);
      const file = (): Readable =>
        Readable.from([Buffer.from(`${HEADER.store_timezones}a,Asia/Tokyo\nb,Mars/Olympus\n`)]);
      expect(await service.importFile('store_timezones', 'test', file())).toMatchObject({ status: 'Failed' });
      expect(await service.importFile('store_timezones', 'test', file(), { strict: false })).toMatchObject({
        status: 'Complete',
      });
    } finally {
      await strict.close();
    }
  });
});

describe('a store with a rejected row in a file of weekly hours', () => {
  it('keeps its week and is reported, while other stores change', async () => {
    await load('business_hours', 'corner,0,09:00,17:00\ncorner,1,09:00,17:00\nother,0,08:00,12:00\n');

    const ended = await load(
      'business_hours',
      'corner,0,10:00,18:00\ncorner,1,ten,18:00\nother,0,09:00,12:00\ncorner,2,10:00,18:00\n',
    );

    expect(await weekOf('corner')).toEqual(['0 9 17', '1 9 17']);
    expect(await weekOf('other')).toEqual(['0 9 12']);
    expect(ended).toMatchObject({
      status: 'Complete',
      readRows: 4,
      acceptedRows: 1,
      duplicateRows: 0,
      rejectedRows: 3,
    });
    expect(await rejectsOf(ended)).toEqual([
      {
        line: 2,
        reason: 'store "corner" keeps its week, because line 3 was rejected',
        rawRow: 'corner,0,10:00:00,18:00:00',
      },
      { line: 3, reason: expect.stringMatching(/^start_time_local: "ten" is not/), rawRow: 'corner,1,ten,18:00' },
      {
        line: 5,
        reason: 'store "corner" keeps its week, because line 3 was rejected',
        rawRow: 'corner,2,10:00:00,18:00:00',
      },
    ]);
    expect(ended.warnings).toEqual([
      '1 store with the same week as before this file, because of a rejected row: "corner" (line 3).',
    ]);
  });

  it.each([
    ['too few fields', 'broken-1,1,09:00'],
    ['a quote that is never closed', '"broken-1,1,09:00,17:00'],
  ])('is recognized even in a malformed row: %s', async (_what, row) => {
    await load('business_hours', `${row}\nbroken-1,0,09:00,17:00\nfine,0,09:00,17:00\n`);

    const known = await program.timezones.calendar('broken-1').catch(() => ({ weekly: [] }));
    expect(known.weekly).toEqual([]);
  });

  it('is reported as open all day if it had no hours', async () => {
    const { warnings } = await load('business_hours', 'fresh,0,nine,17:00\nfine,0,09:00,17:00\n');

    expect(warnings).toEqual([
      '1 store without hours because of a rejected row, open all day in reports: "fresh" (line 2).',
    ]);
  });

  it('loses nothing when a file breaks off', async () => {
    await load('business_hours', 'cut,0,09:00,17:00\ncut,1,09:00,17:00\n');

    const ended = await loadBroken('business_hours', 'cut,0,09:00,17:00\n');

    expect(ended).toMatchObject({ status: 'Failed', readRows: 1, rejectedRows: 1 });
    expect(ended.error).toMatch(/No row of the file is used: rows of a store may be missing\.$/);
    expect(ended.warnings[0]).toMatch(/^The stores of the file keep their previous weeks/);
    expect(await weekOf('cut')).toEqual(['0 9 17', '1 9 17']);
  });
});

describe('a date with a rejected row in a file of special hours', () => {
  it('keeps its hours and is reported, while other dates change', async () => {
    await load('special_hours', 'dated,2026-12-24,09:00,14:00\ndated,2026-12-25,,\n');

    const ended = await load(
      'special_hours',
      'dated,2026-12-24,10:00,12:00\ndated,2026-12-24,13:00,two\ndated,2026-12-25,11:00,12:00\n',
    );

    const { special } = await program.timezones.calendar('dated');
    expect([...special!.values()].map((hours) => hours.map(({ startMs }) => startMs / 3_600_000))).toEqual([[9], [11]]);
    expect(ended).toMatchObject({ status: 'Complete', acceptedRows: 1, rejectedRows: 2 });
    expect((await rejectsOf(ended))[0]).toEqual({
      line: 2,
      reason: 'store "dated" keeps its hours of 2026-12-24, because line 3 was rejected',
      rawRow: 'dated,2026-12-24,10:00:00,12:00:00',
    });
    expect(ended.warnings).toEqual([
      '1 date with the same hours as before this file, because of a rejected row: "dated" 2026-12-24 (line 3).',
    ]);
  });
});

describe('the counts of an import', () => {
  const id = fc.constantFrom('p', 'q', 'r');
  const zone = fc.constantFrom('Asia/Tokyo', 'Asia/Seoul', 'Mars/Olympus', '');
  const time = fc.constantFrom('09:00', '17:00:00', 'nine');
  const CELLS: Partial<Record<FileKind, fc.Arbitrary<string>[]>> = {
    store_status: [
      id,
      fc.constantFrom('active', 'inactive', 'maybe'),
      fc.constantFrom('2026-02-01T00:00:00Z', '2026-02-01 00:00:01 UTC', 'soon'),
    ],
    business_hours: [id, fc.constantFrom('0', '6', '9'), time, time],
    store_timezones: [id, zone],
    special_hours: [id, fc.constantFrom('2026-12-24', '2026-12-25', 'x'), time, time],
    store_life: [id, fc.constantFrom('2026-01-01', '', 'x'), fc.constantFrom('2026-12-31', '')],
    stores: [id, fc.constantFrom('Shop', '', '\u0007'), fc.constantFrom('North', ''), fc.constantFrom('', 'Corner')],
  };
  const line = (cells: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 8, arbitrary: fc.tuple(...cells).map((row) => row.join(',')) },
      { weight: 1, arbitrary: fc.constantFrom('', 'p', '"p"x,y', 'p,q,r,s,t,u') },
    );

  it.each(Object.entries(CELLS) as [FileKind, fc.Arbitrary<string>[]][])(
    'add up to the lines of its file: %s',
    async (kind, cells) => {
      await fc.assert(
        fc.asyncProperty(fc.array(line(cells), { maxLength: 12 }), fc.boolean(), async (lines, strict) => {
          const ended = await load(kind, lines.map((text) => `${text}\n`).join(''), strict);

          const rows = lines.filter((text) => text !== '').length;
          const { readRows, acceptedRows, duplicateRows, rejectedRows } = ended;
          expect({ readRows, sum: acceptedRows + duplicateRows + rejectedRows }).toEqual({ readRows: rows, sum: rows });
          expect(Math.min(acceptedRows, duplicateRows, rejectedRows)).toBeGreaterThanOrEqual(0);
          expect(ended.status).toBe(rows > 0 && rejectedRows === rows ? 'Failed' : 'Complete');
          if (!strict) expect(await rejectsOf(ended)).toHaveLength(rejectedRows);
        }),
        { numRuns: 40 },
      );
    },
  );
});
