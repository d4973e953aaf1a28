import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Settings } from '../../src/platform/config/settings.js';
import { Storage } from '../../src/platform/storage/storage.js';
import { ReportInputsRepository } from '../../src/features/reports/make/report-inputs.repository.js';
import { ReportMaker } from '../../src/features/reports/make/report-maker.js';
import { RowSpool } from '../../src/features/reports/make/row-spool.js';
import type { Report } from '../../src/features/reports/record/report.entity.js';
import { ReportRequests } from '../../src/features/reports/request/report-requests.js';
import { ReportsService } from '../../src/features/reports/reports.service.js';
import { type Program, openProgram } from './program.js';

/** A report made in parts equals one made at once. */
const AS_OF = '2026-10-07T13:20:00Z';
const STORES = 53;

let program: Program;
beforeAll(async () => {
  program = await openProgram();
  // The order of the report is neither that of the ids nor that of numbers.
  const names = Array.from({ length: STORES }, (_, i) => `${(i * 37) % 101}${i % 3 === 0 ? 'ü' : ''}`);
  const status = names.flatMap((name, i) =>
    Array.from({ length: 60 }, (_, hour) => {
      const at = new Date(Date.UTC(2026, 9, 5, hour, (i * 7 + hour) % 60));
      return `${name},${(i + hour) % 5 === 0 ? 'inactive' : 'active'},${at.toISOString()}`;
    }),
  );
  await program.load('store_status', `store_id,status,timestamp_utc\n${status.join('\n')}\n`);
  const hours = names.flatMap((name, i) =>
    i % 4 === 0 ? [] : Array.from({ length: 7 }, (_, day) => `${name},${day},0${i % 9}:00:00,2${i % 3}:30:00`),
  );
  await program.load('business_hours', `store_id,day,start_time_local,end_time_local\n${hours.join('\n')}\n`);
  await program.rollups.bringUpToDate();
});
afterAll(() => program.close());
afterEach(() => {
  jest.restoreAllMocks();
  setStoresPerPart(20_000);
});

function setStoresPerPart(count: number): void {
  Reflect.set(program.context.get(ReportInputsRepository), 'storesPerPart', count);
}

const spooled = (): Promise<string[]> => readdir(join(program.context.get(Settings).home, 'spool')).catch(() => []);

/** A report's file and metadata. */
async function made(options: object): Promise<{ report: Report; text: string }> {
  const report = await program.context
    .get(ReportMaker)
    .make(await program.context.get(ReportRequests).create({ asOf: AS_OF, ...options }));
  return { report, text: await readFile(program.context.get(ReportsService).location(report), 'utf8') };
}

const OPTIONS: object[] = [
  { format: 'csv' },
  { format: 'json', basis: 'observed' },
  { format: 'ndjson' },
  { format: 'csv', windows: [{ name: 'morning', duration: '90m' }] },
  { format: 'json', windows: Array.from({ length: 40 }, (_, i) => ({ name: `w${i}`, duration: `${i + 1}h` })) },
];

describe('a report made in parts', () => {
  it.each(OPTIONS)('equals the one made at once: %j', async (options) => {
    const whole = await made(options);
    for (const perPart of [1, 7, STORES - 1]) {
      setStoresPerPart(perPart);
      const parts = await made(options);
      expect(parts.text).toBe(whole.text);
      const { account, sha256, sizeBytes, storesDone, storesTotal } = whole.report;
      expect(parts.report).toMatchObject({ account, sha256, sizeBytes, storesDone, storesTotal });
    }
    expect(whole.report.storesTotal).toBe(STORES);
    expect(await spooled()).toEqual([]);
  });

  it('computes stores whose hours are not current from their polls', async () => {
    await program.polls.ingest([{ storeId: '37', active: false, polledAtMs: Date.parse('2026-10-05T08:00:30Z') }]);
    jest.spyOn(program.rollups, 'bringUpToDate').mockResolvedValue({ blocks: 0, rows: 0 });
    const whole = await made({ format: 'json' });
    setStoresPerPart(7);
    expect((await made({ format: 'json' })).text).toBe(whole.text);
  });

  it('has only the stores that its filter selects', async () => {
    const filter = 'store_id:7 OR store_id:ü -store_id=37';
    const rowsOf = async (options: object): Promise<string[]> =>
      (await made({ format: 'ndjson', ...options })).text.split('\n').filter(Boolean);
    const expected = (await rowsOf({})).filter((row) => /^{"store_id":"(?!37")[^"]*[7ü]/.test(row));
    expect(expected.length).toBeGreaterThan(20);
    for (const perPart of [1, 2, 7, 20_000]) {
      setStoresPerPart(perPart);
      expect(await rowsOf({ filter })).toEqual(expected);
      const { report } = await made({ filter });
      expect(report).toMatchObject({
        filter,
        storesTotal: expected.length,
        account: { filter, stores: expected.length },
      });
      const listed = await rowsOf({ filter, stores: ['74', '37', '0ü'] });
      expect(listed).toEqual(expected.filter((row) => /"(0ü|74)"/.test(row)));
      expect(listed).toHaveLength(2);
    }
    expect((await made({ filter: 'tags:brand' })).text.trim().split('\n')).toHaveLength(1);
  });

  it('reports its progress as stores', async () => {
    setStoresPerPart(20);
    const progress: [number, number][] = [];
    const report = await program.context.get(ReportRequests).create({ asOf: AS_OF });
    await program.context.get(ReportMaker).make(report, { onProgress: (...stores) => progress.push(stores) });
    expect(progress).toEqual([20, 40, STORES].map((done) => [done, STORES]));
  });

  it.each(['while its parts are computed', 'while its rows are written'])(
    'leaves nothing when cancelled %s',
    async (when) => {
      setStoresPerPart(20);
      const stop = new AbortController();
      const method = when === 'while its rows are written' ? 'read' : 'add';
      const original = RowSpool.prototype[method] as (...given: unknown[]) => never;
      jest.spyOn(RowSpool.prototype, method as 'read').mockImplementation(function (
        this: RowSpool,
        ...given: unknown[]
      ) {
        stop.abort(new Error('nobody waits'));
        return original.apply(this, given);
      });
      const report = await program.context.get(ReportRequests).create({ asOf: AS_OF });

      const making = program.context.get(ReportMaker).make(report, { signal: stop.signal });

      await expect(making).rejects.toThrow('nobody waits');
      expect(await spooled()).toEqual([]);
      const storage = program.context.get(Storage);
      const folder = join(storage.place, 'reports', report.createdAt.toISOString().slice(0, 10));
      expect((await readdir(folder)).filter((name) => name.startsWith(report.id))).toEqual([]);
    },
  );
});
