import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ReportStatus } from '../../src/generated/storewatch/v1/reports_service.js';
import { at, expectAlike } from './grpc.js';
import { insertComplete } from './report-rows.js';
import { type Answer, insertReport, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

interface Page {
  reports: { report_id: string; status: string; created_at: string }[];
  next_page_token: string | null;
}

let server: Storewatch;
/** Newest first. Some have the same creation time: of these, the greater id comes first. */
let ids: string[];

const TIMES = ['10:00:00', '10:00:01', '10:00:01', '10:00:01', '10:00:02', '10:00:03.250'].map(
  (time) => `2026-10-05T${time}Z`,
);

beforeAll(async () => {
  server = await startStorewatch();
  const rows: { id: string; time: string }[] = [];
  for (const [i, time] of TIMES.entries()) {
    const id = randomUUID();
    await insertReport(server, { id, status: i === 4 ? 'Cancelled' : 'Failed', done: i, total: 9, error: 'e' });
    await server.pool.query(`update report set created_at = $2, stores = '["a"]' where id = $1`, [id, time]);
    rows.push({ id, time });
  }
  const newestFirst = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);
  ids = rows.sort((a, b) => newestFirst(a.time, b.time) || newestFirst(a.id, b.id)).map(({ id }) => id);
});
afterAll(() => server?.close());

const list = async (query: Record<string, string> = {}): Promise<Page> => {
  const answer = await send(server, `/v1/reports?${new URLSearchParams(query).toString()}`);
  expect(answer.status).toBe(200);
  return answer.json() as Page;
};
const idsOf = ({ reports }: Page): string[] => reports.map(({ report_id: id }) => id);

describe('the list of reports', () => {
  it('has a summary of each report, newest first', async () => {
    const page = await list();
    expect(idsOf(page)).toEqual(ids);
    expect(page.next_page_token).toBeNull();
    expect(page.reports[0]).toEqual({
      report_id: ids[0],
      status: 'Failed',
      message: 'Report generation failed: e',
      progress: { stores_done: 5, stores_total: 9 },
      as_of: '2023-01-25T18:00:00.000Z',
      basis: 'observed',
      format: 'csv',
      filter: null,
      windows: expect.any(Array),
      size_bytes: null,
      sha256: null,
      webhook: null,
      created_at: '2026-10-05T10:00:03.250Z',
      finished_at: null,
      expired_at: null,
    });
  });

  it.each([1, 2, 3, 5, 6])('returns each report once in pages of %d', async (size) => {
    const found: string[][] = [];
    for (let token: string | null = ''; token !== null;) {
      const page: Page = await list({ page_size: String(size), page_token: token });
      found.push(idsOf(page));
      token = page.next_page_token;
    }
    expect(found.flat()).toEqual(ids);
    expect(found.map(({ length }) => length)).toEqual([
      ...Array<number>(Math.ceil(6 / size) - 1).fill(size),
      6 % size || size,
    ]);
  });

  it('resumes at its place after new reports were created', async () => {
    const first = await list({ page_size: '2' });
    const id = randomUUID();
    await insertReport(server, { id, status: 'Failed', done: 0, total: 0 });
    await server.pool.query(`update report set created_at = '2026-10-06T00:00:00Z' where id = $1`, [id]);
    const second = await list({ page_size: '2', page_token: first.next_page_token! });
    await server.pool.query('delete from report where id = $1', [id]);
    expect(idsOf(second)).toEqual(ids.slice(2, 4));
  });

  it.each([
    [{ status: 'Cancelled' }, [1]],
    [{ status: 'Running' }, []],
    [{ created_after: '2026-10-05T10:00:01Z' }, [0, 1, 2, 3, 4]],
    [{ created_before: '2026-10-05T10:00:01Z' }, [5]],
    [{ created_after: '2026-10-05T12:00:01+02:00', created_before: '2026-10-05T10:00:02.000Z' }, [2, 3, 4]],
    [{ created_after: '2026-10-05T10:00:01Z', created_before: '2026-10-05T10:00:01Z' }, []],
    [{ created_after: '2026-10-05T10:00:03.251Z' }, []],
    [{ status: 'Failed', created_after: '2026-10-05T10:00:02Z' }, [0]],
    [{ status: '', created_after: '', created_before: '', page_size: '', page_token: '' }, [0, 1, 2, 3, 4, 5]],
  ])('filters by %j', async (query, places) => {
    expect(idsOf(await list(query))).toEqual(places.map((place) => ids[place]));
  });

  it('is the same over gRPC', async () => {
    const first = await server.grpc.listReports({ pageSize: 4 });
    const second = await server.grpc.listReports({ pageSize: 4, pageToken: first.nextPageToken });
    expect([...first.reports, ...second.reports].map(({ reportId }) => reportId)).toEqual(ids);
    expect(second.nextPageToken).toBe('');
    expect(first.nextPageToken).toBe((await list({ page_size: '4' })).next_page_token);
    expect(first.reports[1]).toMatchObject({
      status: ReportStatus.REPORT_STATUS_CANCELLED,
      message: 'Report generation cancelled',
      createdAt: at('2026-10-05T10:00:02Z'),
      account: null,
    });

    const some = await server.grpc.listReports({
      status: ReportStatus.REPORT_STATUS_FAILED,
      createdAfter: at('2026-10-05T10:00:01Z'),
      createdBefore: at('2026-10-05T10:00:02Z'),
    });
    expect(some.reports.map(({ reportId }) => reportId)).toEqual(ids.slice(2, 5));
  });

  it('describes the file of a complete report', async () => {
    const id = await insertComplete(server, Buffer.from('abc'));
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    const { reports } = await list({ status: 'Complete' });
    expect(reports).toMatchObject([
      { report_id: id, size_bytes: 3, sha256: abc, finished_at: '2026-10-05T10:00:02.500Z' },
    ]);
    const [report] = (await server.grpc.listReports({ status: ReportStatus.REPORT_STATUS_COMPLETE })).reports;
    expect(report).toMatchObject({
      sizeBytes: 3,
      sha256: abc,
      finishedAt: { ...at('2026-10-05T10:00:02Z'), nanos: 5e8 },
    });
  });

  const overRest = (query: string): Promise<Answer> => send(server, `/v1/reports?${query}`);
  it.each([
    ['an unknown status', { status: 9 as ReportStatus }, 'status=9', 'status'],
    [
      'an end before the start',
      { createdAfter: at('2026-10-05T10:00:01Z'), createdBefore: at('2026-10-05T10:00:00Z') },
      'created_after=2026-10-05T10:00:01Z&created_before=2026-10-05T10:00:00Z',
      'created_after',
    ],
    [
      'a time out of range',
      { createdAfter: at('1899-01-01T00:00:00Z') },
      'created_after=1899-01-01T00:00:00Z',
      'created_after',
    ],
    ['an invalid page size', { pageSize: 1001 }, 'page_size=1001', 'page_size'],
    ['a page token of another list', { pageToken: 'MTIz' }, 'page_token=MTIz', 'page_token'],
  ])('rejects %s over both APIs', async (_what, request, query, field) => {
    await expectAlike(server.grpc.listReports(request), overRest(query), field);
  });

  it.each([
    'page_token=OTk5OTk5OTk5OTk5OTkgMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw',
    'status=running',
    'created_after=yesterday',
    'created_before=12',
    'page_token=%00',
    'page_size=0',
  ])('rejects %s and names the field', async (query) => {
    const answer = await overRest(query);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ field: query.split('=')[0] });
  });

  it('reads each page from an index', async () => {
    const { next_page_token: token } = await list({ page_size: '2' });
    const asked = jest.spyOn(server.pool, 'query');
    await list({ page_token: token!, created_after: '2026-10-05T10:00:00Z' });
    const [text, values] = asked.mock.calls.map(([sql, parameters]) => [sql, parameters] as const).at(-1)!;
    asked.mockRestore();
    const client = await server.pool.connect();
    // Forced: with only a few rows, PostgreSQL would not use the index.
    await client.query('begin; set local enable_seqscan = off; set local enable_sort = off');
    const { rows } = await client.query(`explain ${text}`, values as unknown as unknown[]);
    await client.query('rollback');
    client.release();

    const plan = rows.map((row: object) => Object.values(row)[0] as string).join('\n');
    expect(plan).toMatch(/Index (Only )?Scan using report_newest/);
    expect(plan).toMatch(/Index Cond: .*created_at >= .*ROW\(created_at, id\) < ROW/);
  });
});
