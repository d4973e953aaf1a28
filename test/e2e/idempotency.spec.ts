import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { loadExample } from './example.js';
import { failed } from './grpc.js';
import { type Answer, type ReportBody, problemOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  await loadExample(server);
});
afterAll(() => server?.close());

const post = (path: string, key: string, body: unknown): Promise<Answer> =>
  send(server, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
const reportIn = (answer: Answer): string => {
  expect(answer.status).toBe(202);
  return (answer.json() as ReportBody).report_id;
};
const reports = async (): Promise<number> => {
  const { rows } = await server.pool.query('select count(*)::int as count from report');
  return rows[0].count as number;
};
const jobs = async (id: string): Promise<number> =>
  (await server.pool.query(`select 1 from pgboss.job where data ->> 'reportId' = $1`, [id])).rowCount!;

describe.each(['/trigger_report', '/v1/reports'])('a repeated POST %s', (path) => {
  const key = `key of ${path}`.replaceAll(' ', '-');

  it('with the same Idempotency-Key returns the same report, even if a default is spelled out', async () => {
    const id = reportIn(await post(path, key, {}));
    const before = await reports();

    expect(reportIn(await post(path, key, {}))).toBe(id);
    expect(reportIn(await post(path, key, { basis: 'all' }))).toBe(id);

    expect(await reports()).toBe(before);
    expect(await jobs(id)).toBe(1);
  });

  it('with the same Idempotency-Key and another body is rejected', async () => {
    const answer = await post(path, key, { basis: 'observed' });

    expect(problemOf(answer)).toMatchObject({
      status: 422,
      code: 'key_reused',
      detail: expect.stringMatching(
        /^The idempotency key "key-of-.*" belongs to a different request, which made the report /,
      ),
    });
  });

  it('without a key creates another report', async () => {
    const ids = [1, 2].map(async () => reportIn(await send(server, path, { method: 'POST' })));
    expect(new Set(await Promise.all(ids)).size).toBe(2);
  });

  it('sent twenty times at once creates one report with one job', async () => {
    const answers = Array.from({ length: 20 }, () => post(path, `${key}-at-once`, { basis: 'observed' }));
    const ids = new Set((await Promise.all(answers)).map(reportIn));
    expect(ids.size).toBe(1);
    expect(await jobs([...ids][0])).toBe(1);
  });

  it('with an invalid key is rejected', async () => {
    expect(problemOf(await post(path, 'x'.repeat(256), {}))).toMatchObject({
      status: 400,
      field: 'idempotency_key',
      detail: expect.stringContaining('must be 1 to 255 visible ASCII characters'),
    });
  });
});

describe('a repeated TriggerReport', () => {
  it('with the same request_id returns the same report, and with another request is rejected', async () => {
    const request = { requestId: 'over-grpc', stores: ['A'] };
    const { report } = await server.grpc.triggerReport(request);

    expect((await server.grpc.triggerReport(request)).report!.reportId).toBe(report!.reportId);
    await expect(server.grpc.triggerReport({ requestId: 'over-grpc' })).rejects.toEqual(
      failed(status.ALREADY_EXISTS, /^The idempotency key "over-grpc" belongs to a different request/),
    );
  });
});
