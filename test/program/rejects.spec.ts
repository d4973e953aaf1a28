import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rejectsCsv } from '../../src/features/ingestion/imports/rejects-csv.js';
import type { Reject } from '../../src/features/ingestion/files/reject.js';
import { HEADER } from '../e2e/files.js';
import { type Program, openProgram } from './program.js';

const rejected = (count: number): string =>
  HEADER.store_timezones + Array.from({ length: count }, (_, i) => `s${i},Mars/Olympus\nt${i},Asia/Tokyo\n`).join('');

describe.each([
  ['0', 0],
  ['3', 3],
  ['2500', 2_500],
])('with MAX_REJECTS_KEPT=%s', (setting, kept) => {
  let program: Program;
  beforeAll(async () => {
    program = await openProgram({ MAX_REJECTS_KEPT: setting });
  });
  afterAll(() => program?.close());

  it('every rejected row is counted, and the first ones are stored with their line and reason', async () => {
    const { id, ...counts } = await program.load('store_timezones', rejected(2_600));

    expect(counts).toMatchObject({ readRows: 5_200, rejectedRows: 2_600, acceptedRows: 2_600, duplicateRows: 0 });
    const { rows } = await program.database.pool.query<Reject>(
      'select line, reason, raw_row as "rawRow" from import_reject where import_id = $1 order by line',
      [id],
    );
    expect(rows).toEqual(
      Array.from({ length: kept }, (_, i) => ({
        line: 2 + 2 * i,
        reason: expect.stringMatching(/^timezone_str: "Mars\/Olympus" is not a zone/),
        rawRow: `s${i},Mars/Olympus`,
      })),
    );
  });
});

describe('a reject', () => {
  let program: Program;
  beforeAll(async () => {
    program = await openProgram();
  });
  afterAll(() => program?.close());

  it('is stored even if its reason is cut in the middle of an emoji', async () => {
    const load = (zone: string): Promise<{ status: string }> =>
      program.load('store_timezones', `${HEADER.store_timezones}A,${zone}\nB,Asia/Tokyo\n`);

    for (const zone of ['\u{1f600}'.repeat(40), `x${'\u{1f600}'.repeat(40)}`]) {
      expect(await load(zone)).toMatchObject({ status: 'Complete', rejectedRows: 1 });
    }
  });
});

describe('the rejects CSV', () => {
  it.each([
    ['=1+1,active', `'=1+1,active`],
    ['+1', `'+1`],
    ['-1+2', `'-1+2`],
    ['@sum', `'@sum`],
    ['\t=1', `'\t=1`],
    ['\r=1', `'\r=1`],
    ['-42', '-42'],
  ])('contains no formulas: the row %j becomes %j', async (rawRow, shown) => {
    const lines: string[] = [];
    const rejects = (async function* () {
      yield { line: 2, reason: '=reason', rawRow };
    })();
    for await (const line of rejectsCsv(rejects)) lines.push(line);

    const cell = /[,\r]/.test(shown) ? `"${shown}"` : shown;
    expect(lines).toEqual(['line,reason,raw_row\n', `2,'=reason,${cell}\n`]);
  });
});
