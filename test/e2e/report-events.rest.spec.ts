import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream';
import { ReportWatch } from '../../src/features/reports/report-watch.js';
import { ReportsRepository } from '../../src/features/reports/record/reports.repository.js';
import { ask } from './raw.js';
import { change, insertComplete } from './report-rows.js';
import { NOBODY, insertReport, problemOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const start = (): Promise<Storewatch> => startStorewatch({ MAX_STREAMS: '20', DATABASE_POOL_SIZE: '5' });

/** Shared by all tests except those that fill or stop their server. */
let shared: Storewatch;
let server: Storewatch;
let id: string;

beforeAll(async () => {
  shared = await start();
});
afterAll(() => shared?.close());
beforeEach(async () => {
  server = shared;
  await until(() => watchers() === 0);
  id = await running();
});
afterEach(() => void jest.restoreAllMocks());

async function running(): Promise<string> {
  const of = randomUUID();
  await insertReport(server, { id: of, status: 'Running', done: 0, total: null });
  return of;
}

interface Watching {
  readonly response: Response;
  /** The next event; undefined at the end of the stream. */
  readonly next: () => Promise<EventSourceMessage | undefined>;
  /** Disconnects. */
  readonly leave: () => void;
}

async function watch(of = id, headers: Record<string, string> = {}): Promise<Watching> {
  const gone = new AbortController();
  const response = await fetch(`${server.http}/v1/reports/${of}/events`, { headers, signal: gone.signal });
  const events = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  return { response, next: async () => (await events!.read()).value, leave: () => gone.abort() };
}

const dataOf = (event: EventSourceMessage | undefined): unknown => JSON.parse(event!.data);

/** The number of clients that watch reports. */
const watchers = (): number => (Reflect.get(server.app.get(ReportWatch), 'watchers') as Set<unknown>).size;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10);
}

describe('the events of a report', () => {
  it('report progress whenever it changes and end when the report ends', async () => {
    const { response, next } = await watch();
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(response.headers.get('cache-control')).toBe('no-store');

    const first = await next();
    expect(first).toMatchObject({ event: 'progress', id: expect.stringMatching(/^\S+$/) });
    expect(dataOf(first)).toEqual({
      report_id: id,
      status: 'Running',
      message: 'Report generation in progress...',
      progress: { stores_done: 0, stores_total: null },
    });
    await change(server, id, { done: 100, total: 200 });
    expect(dataOf(await next())).toMatchObject({ progress: { stores_done: 100, stores_total: 200 } });
    await change(server, id, { status: 'Complete', done: 200 });
    const last = await next();
    expect(last!.event).toBe('complete');
    expect(dataOf(last)).toMatchObject({ status: 'Complete', progress: { stores_done: 200, stores_total: 200 } });
    expect(await next()).toBeUndefined();
  });

  it('say why a report failed, or that it was cancelled', async () => {
    const [failing, cancelled] = [await watch(), await watch(await running())];
    const { report_id: of } = dataOf(await cancelled.next()) as { report_id: string };
    await failing.next();

    await change(server, id, { status: 'Failed', error: 'The disk is full.' });
    await send(server, `/v1/reports/${of}`, { method: 'DELETE' });

    const [failure, cancellation] = [await failing.next(), await cancelled.next()];
    expect(failure!.event).toBe('failed');
    expect(dataOf(failure)).toMatchObject({ message: 'Report generation failed: The disk is full.' });
    expect(cancellation!.event).toBe('cancelled');
    expect([await failing.next(), await cancelled.next()]).toEqual([undefined, undefined]);
  });

  it('resume after Last-Event-ID without repeating that event', async () => {
    const before = await watch();
    const seen = (await before.next())!;
    before.leave();

    const after = await watch(id, { 'Last-Event-ID': seen.id! });
    await until(() => watchers() > 0);
    await change(server, id, { done: 7 });
    const next = await after.next();
    expect(dataOf(next)).toMatchObject({ progress: { stores_done: 7 } });
    after.leave();

    const missed = await watch(id, { 'Last-Event-ID': seen.id! });
    expect(await missed.next()).toEqual(next);
    missed.leave();
  });

  it('are answered with 204 after the last one, so that a browser does not reconnect', async () => {
    const complete = await insertComplete(server, Buffer.from('x'));
    const { next } = await watch(complete);
    const last = await next();
    expect(last!.event).toBe('complete');
    expect(await next()).toBeUndefined();

    const { response } = await watch(complete, { 'Last-Event-ID': last!.id! });
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  it('end when the report is deleted', async () => {
    const { next } = await watch();
    await next();
    await server.pool.query('delete from report where id = $1', [id]);
    expect(await next()).toBeUndefined();
  });

  it('are not found for an unknown report', async () => {
    expect(problemOf(await send(server, `/v1/reports/${NOBODY}/events`)).status).toBe(404);
    expect(problemOf(await send(server, '/v1/reports/x/events')).field).toBe('report_id');
  });

  it('are not awaited by HEAD', async () => {
    const answer = await ask(server, `/v1/reports/${id}/events`, {}, 'HEAD');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream']);
  });
});

describe('many watchers', () => {
  it('share one query and hold no database connection', async () => {
    const looked = jest.spyOn(server.app.get(ReportsRepository), 'states');
    const other = await running();
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => watch(i % 2 === 0 ? id : other)));
    await Promise.all(all.map(({ next }) => next()));
    await until(() => watchers() === 20);
    looked.mockClear();

    await until(() => looked.mock.calls.length > 1);

    expect([...looked.mock.calls[1][0]].sort()).toEqual([id, other].sort());
    await change(server, other, { status: 'Complete' });
    const ends = await Promise.all(all.filter((_, i) => i % 2 === 1).map(({ next }) => next()));
    expect(ends.map((event) => event!.event)).toEqual(Array.from({ length: 10 }, () => 'complete'));
    for (const { leave } of all) leave();
  });

  it('do not depend on the first one', async () => {
    const first = await watch();
    await first.next();
    await until(() => watchers() === 1);
    const second = await watch();
    await second.next();
    await until(() => watchers() === 2);

    first.leave();
    await until(() => watchers() === 1);
    await change(server, id, { done: 3 });

    expect(dataOf(await second.next())).toMatchObject({ progress: { stores_done: 3 } });
    second.leave();
  });

  it('stop the query when the last one leaves', async () => {
    const looked = jest.spyOn(server.app.get(ReportsRepository), 'states');
    const { next, leave } = await watch();
    await next();
    await until(() => watchers() === 1 && looked.mock.calls.length > 0);

    leave();

    await until(() => Reflect.get(server.app.get(ReportWatch), 'looking') === undefined);
    expect(watchers()).toBe(0);
  });
});

describe('a server', () => {
  beforeEach(async () => {
    server = await start();
    id = await running();
  });
  afterEach(() => server?.close());

  it('rejects streams beyond MAX_STREAMS', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => watch()));
    const answer = await send(server, `/v1/reports/${id}/events`);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(problemOf(answer)).toMatchObject({
      status: 429,
      detail: 'Too many concurrent streams of events: the limit is 20 (MAX_STREAMS). Try again in 5 s.',
    });

    all[0].leave();
    for (;;) {
      const again = await watch();
      again.leave();
      if (again.response.status === 200) break;
    }
    for (const { leave } of all) leave();
  });

  it('that stops ends its streams cleanly and does not wait for them', async () => {
    const { next } = await watch();
    await next();
    await until(() => watchers() === 1);
    const ended = next();
    const stopping = server.app.close();
    expect(await ended).toBeUndefined();
    await stopping;
  });

  it('that stops ends a stream that has not been read yet', async () => {
    const response = await fetch(`${server.http}/v1/reports/${id}/events`);
    await until(() => watchers() === 1);
    await server.app.close();
    expect(await response.text()).toMatch(/^retry: \d+\n\nid: \S+\nevent: progress\n/);
  });
});
