import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '#libs/errors.js';
import { ReportStatus } from '../../src/generated/storewatch/v1/reports_service.js';
import { Roles } from '../../src/platform/config/roles.js';
import { Storage } from '../../src/platform/storage/storage.js';
import { loadExample } from './example.js';
import { expectAlike } from './grpc.js';
import { NOBODY, type ReportBody, describedReport, insertReport, makeReport, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** With a worker. */
let shared: Storewatch;
/** The server of the current test. */
let server: Storewatch;

beforeAll(async () => {
  shared = await startStorewatch();
  await loadExample(shared);
});
afterAll(() => shared?.close());
beforeEach(() => void (server = shared));
afterEach(() => void jest.restoreAllMocks());

const remove = (id: string): Promise<{ status: number }> => send(server, `/v1/reports/${id}`, { method: 'DELETE' });
const statusOf = async (id: string): Promise<number> => (await send(server, `/v1/reports/${id}`)).status;
const trigger = async (options: object = {}): Promise<string> =>
  ((await sendJson(server, 'POST', '/v1/reports', options)).json() as ReportBody).report_id;

/** The names of all files of a report. */
const files = async (id: string): Promise<string[]> => {
  const names = await readdir(join(server.home, 'storage'), { recursive: true }).catch(() => []);
  return names.filter((name) => name.includes('.') && name.includes(id));
};
const jobs = async (id: string): Promise<number> =>
  (await server.pool.query('select from pgboss.job where id = $1', [id])).rowCount!;

/** Blocks the worker at its next file. `began` resolves when it is blocked; `release` releases it. */
function holdFile(): { began: Promise<void>; release: () => void; over: Promise<unknown> } {
  const storage = server.app.get(Storage);
  const put = storage.put.bind(storage);
  let release = (): void => {};
  let isOver = (): void => {};
  const until = new Promise<void>((resolve) => (release = resolve));
  const over = new Promise<void>((resolve) => (isOver = resolve));
  const began = new Promise<void>((begin) => {
    jest.spyOn(storage, 'put').mockImplementationOnce(async (...args) => {
      begin();
      await until;
      return put(...args).finally(isOver);
    });
  });
  return { began, release, over };
}

describe('DELETE of a running report', () => {
  it('cancels it: no job, no file, and each API reports it in its own terms', async () => {
    const { began, release, over } = holdFile();
    const id = await trigger();
    await began;

    expect((await remove(id)).status).toBe(204);

    expect((await send(server, `/v1/reports/${id}`)).json()).toMatchObject({
      status: 'Cancelled',
      message: 'Report generation cancelled',
      finished_at: expect.any(String),
      account: null,
    });
    expect((await send(server, `/get_report?report_id=${id}`)).json()).toEqual({
      report_id: id,
      status: 'Failed',
      message: 'Report generation failed: It was cancelled.',
      progress: expect.any(Object),
    });
    expect((await server.grpc.getReport({ reportId: id })).report!.status).toBe(ReportStatus.REPORT_STATUS_CANCELLED);
    expect(await jobs(id)).toBe(0);

    release();
    await over;
    const { report } = await makeReport(server); // The worker is still able to work.
    expect(report.status).toBe('Complete');
    expect(await files(id)).toEqual([]);
    expect((await describedReport(server, id)).status).toBe('Cancelled');
  });

  it('removes a file that is written after the report was cancelled', async () => {
    const storage = server.app.get(Storage);
    const put = storage.put.bind(storage);
    const id = await new Promise<string>((resolve) => {
      jest.spyOn(storage, 'put').mockImplementationOnce(async (key, content) => {
        const [, of] = /([\da-f-]{36})\.csv$/.exec(key)!;
        // The whole file exists just before the report is cancelled, and nothing stops the attempt.
        const pieces: (string | Buffer)[] = [];
        for await (const piece of content) pieces.push(piece);
        expect((await remove(of)).status).toBe(204);
        const stored = await put(key, pieces);
        resolve(of);
        return stored;
      });
      void trigger();
    });
    await makeReport(server);
    expect(await files(id)).toEqual([]);
    expect((await describedReport(server, id)).status).toBe('Cancelled');
  });

  it('can be repeated without effect', async () => {
    const { began, release, over } = holdFile();
    const id = await trigger();
    await began;
    await remove(id);
    const cancelled = await describedReport(server, id);

    expect((await remove(id)).status).toBe(204);
    await server.grpc.deleteReport({ reportId: id.toUpperCase() });

    expect(await describedReport(server, id)).toEqual(cancelled);
    release();
    await over;
  });
});

describe('DELETE of a queued report', () => {
  /** Given because there are no polls to take the default from. */
  const AS_OF = '2026-10-05T12:00:00Z';
  let withoutWorker: Storewatch;

  beforeAll(async () => {
    withoutWorker = await startStorewatch({}, { roles: Roles.parse('api') });
  });
  afterAll(() => withoutWorker?.close());
  beforeEach(() => void (server = withoutWorker));

  it('removes its job', async () => {
    const id = await trigger({ as_of: AS_OF });
    expect(await jobs(id)).toBe(1);
    await server.grpc.deleteReport({ reportId: id });
    expect(await jobs(id)).toBe(0);
    expect((await describedReport(server, id)).status).toBe('Cancelled');
  });

  it('keeps its idempotency key: a repeated request returns the same report', async () => {
    const init = {
      method: 'POST',
      headers: { 'Idempotency-Key': 'k', 'Content-Type': 'application/json' },
      body: JSON.stringify({ as_of: AS_OF }),
    };
    const { report_id: id } = (await send(server, '/trigger_report', init)).json() as { report_id: string };
    await remove(id);
    expect((await send(server, '/trigger_report', init)).json()).toMatchObject({ report_id: id, status: 'Failed' });
  });
});

describe('DELETE of a finished report', () => {
  it('removes it and its files, so that it is no longer found', async () => {
    const { report } = await makeReport(server);
    const { report: other } = await makeReport(server);

    expect((await remove(report.report_id)).status).toBe(204);

    expect(await statusOf(report.report_id)).toBe(404);
    expect((await send(server, `/get_report?report_id=${report.report_id}`)).status).toBe(404);
    expect(await files(report.report_id)).toEqual([]);
    expect(await files(other.report_id)).not.toEqual([]);
    expect((await send(server, `/v1/reports/${other.report_id}/content`)).status).toBe(200);
    expect(await jobs(report.report_id)).toBe(0);
    await expectAlike(
      server.grpc.deleteReport({ reportId: report.report_id }),
      send(server, `/v1/reports/${report.report_id}`, { method: 'DELETE' }),
    );
  });

  it('removes a failed report', async () => {
    const id = randomUUID();
    await insertReport(server, { id, status: 'Failed', done: 0, total: null });
    expect((await remove(id)).status).toBe(204);
    expect(await statusOf(id)).toBe(404);
  });

  it('can be repeated after the storage was unavailable', async () => {
    const { report } = await makeReport(server);
    const away = new DomainError('unavailable', 'The storage does not answer.');
    jest.spyOn(server.app.get(Storage), 'removeAll').mockRejectedValueOnce(away);

    const { status } = await fetch(`${server.http}/v1/reports/${report.report_id}`, { method: 'DELETE' });

    expect(status).toBe(503);
    expect(await statusOf(report.report_id)).toBe(200);
    expect((await remove(report.report_id)).status).toBe(204);
    expect(await files(report.report_id)).toEqual([]);
  });

  it.each([NOBODY, 'x'])('does not find a report %s', async (id) => {
    await expectAlike(
      server.grpc.deleteReport({ reportId: id }),
      send(server, `/v1/reports/${id}`, { method: 'DELETE' }),
      id === 'x' ? 'report_id' : undefined,
    );
  });
});
