import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { ReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientReadableStream, type ServiceError, status } from '@grpc/grpc-js';
import {
  type DownloadReportResponse,
  type Report,
  ReportStatus,
  type WatchReportResponse,
} from '../../src/generated/storewatch/v1/reports_service.js';
import { ReportWatch } from '../../src/features/reports/report-watch.js';
import { Storage } from '../../src/platform/storage/storage.js';
import { failed, failure } from './grpc.js';
import { change, insertComplete, sha256 } from './report-rows.js';
import { NOBODY, insertReport } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const CHUNK = 65_536;

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

async function running(on = server): Promise<string> {
  const id = randomUUID();
  await insertReport(on, { id, status: 'Running', done: 0, total: null });
  return id;
}

/** The number of clients that watch reports. */
const watchers = (on = server): number => (Reflect.get(on.app.get(ReportWatch), 'watchers') as Set<unknown>).size;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10);
}

function reading(call: ClientReadableStream<WatchReportResponse>): () => Promise<Report | undefined> {
  const messages = call[Symbol.asyncIterator]() as AsyncIterator<WatchReportResponse, undefined>;
  return async () => (await messages.next()).value?.report;
}

describe('WatchReport', () => {
  it('reports progress whenever it changes and ends when the report ends', async () => {
    const reportId = await running();
    const next = reading(server.grpc.openWatchReport({ reportId }));

    expect(await next()).toMatchObject({
      reportId,
      status: ReportStatus.REPORT_STATUS_RUNNING,
      progress: { storesDone: 0, storesTotal: 0 },
      finishedAt: null,
    });
    await change(server, reportId, { done: 5, total: 9 });
    expect(await next()).toMatchObject({ progress: { storesDone: 5, storesTotal: 9 } });
    await server.grpc.deleteReport({ reportId });
    expect(await next()).toMatchObject({
      status: ReportStatus.REPORT_STATUS_CANCELLED,
      message: 'Report generation cancelled',
      finishedAt: { seconds: expect.any(Number) },
    });
    expect(await next()).toBeUndefined();
  });

  it('sends one message for a finished report', async () => {
    const reportId = await insertComplete(server, Buffer.from('x'));
    const messages = await server.grpc.openWatchReport({ reportId }).toArray();
    expect(messages).toMatchObject([{ report: { status: ReportStatus.REPORT_STATUS_COMPLETE, sizeBytes: 1 } }]);
  });

  it.each([
    ['is not found', NOBODY, status.NOT_FOUND],
    ['is not an id', 'x', status.INVALID_ARGUMENT],
  ])('rejects a report that %s', async (_what, reportId, code) => {
    expect(await failure(server.grpc.openWatchReport({ reportId }).toArray())).toMatchObject({ code });
  });

  it('ends on the server when the client cancels or its deadline passes', async () => {
    const reportId = await running();
    const cancelled = server.grpc.openWatchReport({ reportId });
    cancelled.on('error', () => {});
    const late = failure(server.grpc.openWatchReport({ reportId }, { deadline: Date.now() + 2_000 }).toArray());
    await Promise.race([until(() => watchers() === 2), late]);
    cancelled.cancel();
    expect(await late).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await until(() => watchers() === 0);
  });

  it('tells the client to watch again when the server stops', async () => {
    const other = await startStorewatch();
    const call = other.grpc.openWatchReport({ reportId: await running(other) });
    const ended = failure(call.toArray());
    await until(() => watchers(other) === 1);
    await other.app.close();
    expect(await ended).toEqual(failed(status.UNAVAILABLE, /^This process is stopping\. Reconnect/));
    await other.close();
  });
});

describe('DownloadReport', () => {
  const FILE = randomBytes(5 * CHUNK + 1_000);
  const SUMMARY = { sizeBytes: FILE.length, sha256: sha256(FILE) };
  let reportId: string;

  beforeAll(async () => {
    reportId = await insertComplete(server, FILE);
  });

  const bytesOf = (messages: readonly DownloadReportResponse[]): Buffer =>
    Buffer.concat(messages.map(({ data }) => data));

  it('sends chunks of 64 KiB and a summary at the end', async () => {
    const messages = await server.grpc.downloadReport({ reportId });

    expect(messages.map(({ data }) => data.length)).toEqual([CHUNK, CHUNK, CHUNK, CHUNK, CHUNK, 1_000, 0]);
    expect(bytesOf(messages)).toEqual(FILE);
    expect(messages.map(({ summary }) => summary)).toEqual([...Array<null>(6).fill(null), SUMMARY]);
  });

  it('resumes at an offset, to the same bytes', async () => {
    const broken = server.connect().openDownloadReport({ reportId });
    broken.on('error', () => {});
    const messages = broken[Symbol.asyncIterator]() as AsyncIterator<DownloadReportResponse, undefined>;
    const parts = [(await messages.next()).value!.data, (await messages.next()).value!.data.subarray(0, 777)];
    broken.cancel();
    const offset = CHUNK + 777;

    const rest = await server.grpc.downloadReport({ reportId, offset });

    expect(rest.at(-1)!.summary).toEqual(SUMMARY);
    expect(rest[0].data).toHaveLength(CHUNK);
    expect(sha256(Buffer.concat([...parts, bytesOf(rest)]))).toBe(SUMMARY.sha256);
  });

  it('sends only the summary when the offset is the end', async () => {
    expect(await server.grpc.downloadReport({ reportId, offset: FILE.length })).toEqual([
      { data: Buffer.alloc(0), summary: SUMMARY },
    ]);
  });

  it.each([
    [
      FILE.length + 1,
      status.OUT_OF_RANGE,
      `offset must be at most ${FILE.length}, the size of the file, got ${FILE.length + 1}`,
    ],
    [-1, status.INVALID_ARGUMENT, 'offset must not be negative, got -1.'],
  ])('refuses an offset of %d', async (offset, code, details) => {
    const error = await failure(server.grpc.downloadReport({ reportId, offset }));
    expect(error).toEqual(failed(code, details));
    expect(error.metadata.get('field')).toEqual(['offset']);
  });

  it('does not find an expired file', async () => {
    const old = await insertComplete(server, FILE);
    await server.pool.query('update report set expired_at = now() where id = $1', [old]);
    expect(await failure(server.grpc.downloadReport({ reportId: old }))).toEqual(
      failed(status.NOT_FOUND, 'expired at'),
    );
  });

  it('pauses reading while its client does not read, and stops when it disconnects', async () => {
    const big = await insertComplete(server, Buffer.alloc(64 * 1024 * 1024, 'x'));
    const storage = server.app.get(Storage);
    const get = storage.get.bind(storage);
    const opened = new Promise<ReadStream>((resolve) => {
      jest.spyOn(storage, 'get').mockImplementationOnce(async (...args) => {
        const stream = await get(...args);
        resolve(stream as ReadStream);
        return stream;
      });
    });
    const call = server.connect().openDownloadReport({ reportId: big });
    const error = once(call, 'error') as Promise<[ServiceError]>;
    call.read(0); // grpc-js buffers everything until the first message is requested.
    const file = await opened;

    for (let i = 0; i < 300; i++) await server.grpc.listTimezones();

    expect(file.bytesRead).toBeLessThan(8 * 1024 * 1024);
    call.cancel();
    expect((await error)[0].code).toBe(status.CANCELLED);
    await until(() => file.closed);
    expect(file.bytesRead).toBeLessThan(8 * 1024 * 1024);
  });
});
