import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { ReportInputsRepository } from '../../src/features/reports/make/report-inputs.repository.js';
import { ReportMaker } from '../../src/features/reports/make/report-maker.js';
import { ReportRequests } from '../../src/features/reports/request/report-requests.js';
import { ReportsService } from '../../src/features/reports/reports.service.js';
import { type Program, openProgram } from './program.js';

const AS_OF = '2026-10-07T13:20:00Z';
const STORES = 40;
const WINDOWS = [
  { name: 'morning', duration: '90m' },
  { name: 'days', duration: '2d' },
];
const FIGURES = ['open_ms', 'up_ms', 'down_ms', 'carried_up_ms', 'carried_down_ms', 'unknown_ms'];
const SUMMED = [...FIGURES, 'uptime_ms', 'downtime_ms', 'polls'];

let program: Program;
beforeAll(async () => {
  program = await openProgram();
  const status = Array.from({ length: STORES }, (_, i) =>
    Array.from({ length: 50 }, (_v, hour) => {
      const at = new Date(Date.UTC(2026, 9, 5, 6 + hour, (i * 7 + hour) % 60));
      return `s${i},${(i + hour) % 5 === 0 ? 'inactive' : 'active'},${at.toISOString()}\n`;
    }).join(''),
  );
  await program.load('store_status', `store_id,status,timestamp_utc\n${status.join('')}`);
  const hours = Array.from({ length: STORES }, (_, i) => `s${i},2,0${i % 9}:00:00,2${i % 3}:30:00\n`).join('');
  await program.load('business_hours', `store_id,day,start_time_local,end_time_local\n${hours}`);
  // Every fifth store has no region, and the last ones are in no file.
  const stores = Array.from({ length: STORES - 3 }, (_, i) => {
    const region = i % 5 === 0 ? '' : ['North', 'South', '=Süd'][i % 3];
    return `s${i},${i % 4 === 0 ? '' : `Store ${i}`},${region},Brand ${i % 2}\n`;
  }).join('');
  await program.load('stores', `store_id,name,region,brand\n${stores}`);
});
afterAll(() => program.close());
afterEach(() => setStoresPerPart(20_000));

function setStoresPerPart(count: number): void {
  Reflect.set(program.context.get(ReportInputsRepository), 'storesPerPart', count);
}

async function made(options: object): Promise<{ text: string; stores: number | null | undefined }> {
  const report = await program.context
    .get(ReportMaker)
    .make(await program.context.get(ReportRequests).create({ asOf: AS_OF, ...options }));
  const text = await readFile(program.context.get(ReportsService).location(report), 'utf8');
  return { text, stores: report.account?.stores };
}
const rowsOf = (csv: string): string[][] =>
  csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

type Figures = Record<string, Record<string, number>>;
interface Row {
  readonly name: string | null;
  readonly tags: { readonly region: string | null; readonly brand: string | null };
  readonly windows: Figures;
}
const linesOf = <Line>(text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('columns of names and tags', () => {
  const COLUMNS = ['name', 'tags.region', 'tags.nothing'];

  it('follow the other columns of a CSV, which stay as they are', async () => {
    for (const options of [{}, { windows: WINDOWS }]) {
      const plain = rowsOf((await made(options)).text);
      const more = rowsOf((await made({ ...options, columns: COLUMNS })).text);
      expect(more.map((row) => row.slice(0, -3))).toEqual(plain);
      expect(more[0].slice(-3)).toEqual(COLUMNS);
      const ends = new Map(more.map((row) => [row[0], row.slice(-3)]));
      expect(ends.get('s1')).toEqual(['Store 1', 'South', '']);
      expect(ends.get('s0')).toEqual(['', '', '']);
      expect(ends.get('s2')).toEqual(['Store 2', "'=Süd", '']); // a formula is defused
      expect(ends.get(`s${STORES - 1}`)).toEqual(['', '', '']);
    }
  });

  it('are fields of JSON', async () => {
    const plain = linesOf<{ store_id: string; windows: object }>((await made({ format: 'ndjson' })).text);
    const more = linesOf<Row>((await made({ format: 'ndjson', columns: COLUMNS })).text);
    expect(more).toEqual(
      plain.map(({ store_id: id, windows }, index) => ({
        store_id: id,
        name: more[index].name,
        tags: more[index].tags,
        windows,
      })),
    );
    expect(more).toContainEqual(
      expect.objectContaining({ store_id: 's2', name: 'Store 2', tags: { region: '=Süd', nothing: null } }),
    );
  });

  it.each([{}, { format: 'json' }, { windows: WINDOWS }])(
    'are the same in a report made in parts: %j',
    async (options) => {
      const whole = await made({ ...options, columns: COLUMNS });
      setStoresPerPart(7);
      expect((await made({ ...options, columns: COLUMNS })).text).toBe(whole.text);
    },
  );
});

describe('groups', () => {
  /** Sums of the rows of stores, computed from a report without groups. */
  async function expected(
    keyOf: (row: Row) => string,
    options: object,
  ): Promise<Map<string, { stores: number; windows: Figures }>> {
    const text = (await made({ ...options, format: 'ndjson', columns: ['name', 'tags.region', 'tags.brand'] })).text;
    const groups = new Map<string, { stores: number; windows: Figures }>();
    for (const row of linesOf<Row>(text)) {
      const group = groups.get(keyOf(row)) ?? { stores: 0, windows: {} };
      groups.set(keyOf(row), group);
      group.stores++;
      for (const [name, figures] of Object.entries(row.windows)) {
        const sums = (group.windows[name] ??= Object.fromEntries(SUMMED.map((figure) => [figure, 0])));
        for (const figure of SUMMED) sums[figure] += figures[figure];
      }
    }
    return groups;
  }

  it.each([{}, { basis: 'observed' }, { windows: WINDOWS }])('are the sums of their rows: %j', async (options) => {
    const sums = await expected(({ tags }) => JSON.stringify(tags), options);
    const grouped = { ...options, groupBy: ['tags.region', 'tags.brand'] };
    const groups = linesOf<Row & { stores: number }>((await made({ ...grouped, format: 'ndjson' })).text);

    expect(groups).toHaveLength(sums.size);
    expect(sums.size).toBe(9); // four regions, one of them empty, by two brands; and the stores in no file
    for (const { tags, stores, windows } of groups) {
      const sum = sums.get(JSON.stringify(tags))!;
      expect(stores).toBe(sum.stores);
      for (const [name, figures] of Object.entries(windows)) {
        const { uptime_percent: percent, ...summed } = figures;
        expect(summed).toEqual(sum.windows[name]);
        const both = figures['uptime_ms'] + figures['downtime_ms'];
        expect(percent).toBe(both === 0 ? null : Math.round((figures['uptime_ms'] / both) * 1e4) / 100);
      }
    }

    const [header, ...rows] = rowsOf((await made({ ...grouped, format: 'csv' })).text);
    const names = Object.keys(groups[0].windows);
    expect(header).toEqual([
      'tags.region',
      'tags.brand',
      'stores',
      ...names.flatMap((name) => FIGURES.map((figure) => `${name}_${figure}`)),
    ]);
    expect(rows).toEqual(
      groups.map(({ tags, stores, windows }) => [
        tags.region?.replace('=', "'=") ?? '',
        tags.brand ?? '',
        String(stores),
        ...names.flatMap((name) => FIGURES.map((figure) => String(windows[name][figure]))),
      ]),
    );
    const { groups: document, group_by: by } = JSON.parse((await made({ ...grouped, format: 'json' })).text) as {
      groups: unknown;
      group_by: unknown;
    };
    expect([document, by]).toEqual([groups, grouped.groupBy]);
  });

  it('are in order, those without a value first, and every store is in one', async () => {
    const { text, stores } = await made({ groupBy: ['tags.region'] });
    const rows = rowsOf(text).slice(1);
    expect(rows.map(([region]) => region)).toEqual(['', "'=Süd", 'North', 'South']);
    expect(rows.reduce((sum, row) => sum + Number(row[1]), 0)).toBe(STORES);
    expect(stores).toBe(STORES);
  });

  it('are those of the stores asked for', async () => {
    const { text } = await made({ groupBy: ['tags.region'], stores: ['s1', 's4', 's5'] });
    expect(rowsOf(text).map((row) => row.slice(0, 2))).toEqual([
      ['tags.region', 'stores'],
      ['', '1'],
      ['South', '2'],
    ]);
  });

  it.each(['csv', 'json', 'ndjson'])('are the same in a report made in parts: %s', async (format) => {
    const whole = await made({ format, groupBy: ['tags.region'] });
    for (const perPart of [1, 7, STORES - 1]) {
      setStoresPerPart(perPart);
      expect(await made({ format, groupBy: ['tags.region'] })).toEqual(whole);
    }
  });
});

it.each([
  [{ columns: [] }, 'columns must be a list of 1 to 33 items, got [].'],
  [{ columns: 'name' }, 'columns must be a list of 1 to 33 items, got "name".'],
  [{ columns: ['name', 'region'] }, 'columns[1] must be name or tags.KEY, with a KEY of 1 to 63 letters'],
  [{ columns: ['tags.a b'] }, 'columns[0] must be name or tags.KEY'],
  [{ columns: ['name', 'name'] }, 'columns[1] must not repeat "name".'],
  [{ groupBy: ['name'] }, 'group_by[0] must be tags.KEY, with a KEY of'],
  [{ groupBy: ['tags.a', 'tags.b', 'tags.c', 'tags.d'] }, 'group_by must be a list of 1 to 3 items'],
  [{ groupBy: ['tags.a'], columns: ['name'] }, 'columns must be absent if there is group_by'],
])('refuses %j', async (options, message) => {
  await expect(program.context.get(ReportRequests).create({ asOf: AS_OF, ...options })).rejects.toThrow(message);
});
