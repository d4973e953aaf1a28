import { expect } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import type { Problem } from '../e2e/rest.js';
import type { Storewatch } from '../e2e/server.js';
import type { Tally } from './cases.js';
import type { HttpClient, RawAnswer } from './http-client.js';

/** Lines of a stack trace, and paths of source files. */
export const INSIDES = /\n\s+at |node_modules|\.[jt]s:\d+/;

const JSON_TYPE = /^application\/(problem\+)?json\b/;

/** Checks any response: no 5xx, no internals, a problem document for a rejection, a documented type. */
export function expectAnswer({ status, headers, text }: RawAnswer, types: readonly string[] = []): void {
  expect(`${status} ${text.slice(0, 300)}`).not.toMatch(/^5/);
  expect(text).not.toMatch(INSIDES);
  if (status === 204) {
    expect(text).toBe('');
    return;
  }
  const type = String(headers['content-type']);
  if (status < 400) {
    if (JSON_TYPE.test(type)) JSON.parse(text);
    else expect(types).toContain(type.replace(/;.*/, ''));
    return;
  }
  expect(type).toMatch(/^application\/problem\+json\b/);
  const problem = JSON.parse(text) as Problem;
  expect(problem).toMatchObject({ type: `urn:storewatch:problem:${problem.code}`, status });
  expect(problem.detail).toMatch(/\S/);
  expect(problem.code).not.toBe('internal');
}

/** Checks after the fuzzing that the server is ready and can make a report on everything it accepted. */
export async function expectHealthy(client: HttpClient): Promise<void> {
  expect(await client.send({ verb: 'GET', path: '/readyz' })).toMatchObject({ status: 200 });
  // If no request contained a poll, there is nothing to report.
  const polls = [{ store_id: 'healthy', status: 'active', timestamp_utc: '2023-01-22T12:00:00Z' }];
  const ingested = await client.send({
    verb: 'POST',
    path: '/v1/polls',
    headers: { 'content-type': 'application/json' },
    chunks: [Buffer.from(JSON.stringify({ polls }))],
  });
  expect(ingested).toMatchObject({ status: 200 });
  const { text } = await client.send({ verb: 'POST', path: '/trigger_report' });
  const { report_id: id } = JSON.parse(text) as { report_id: string };
  for (;;) {
    const answer = await client.send({ verb: 'GET', path: `/get_report?report_id=${id}` });
    if (!JSON_TYPE.test(String(answer.headers['content-type']))) {
      const rows: string[][] = parse(answer.text);
      // Formulas are escaped. Plain negative integers are ids and are not.
      for (const [storeId] of rows) expect(storeId).not.toMatch(/^[=+@\t\r]|^-(?!\d+$)/);
      return;
    }
    expect(JSON.parse(answer.text)).toMatchObject({ status: 'Running' });
    await pause(100);
  }
}

let collect: (() => void) | undefined;

/** Memory held by streams and finalizers is freed a few turns after a garbage collection. */
const COLLECTIONS = 10;

/**
 * Bytes that this process holds after a garbage collection. That includes the server, which runs in the test's process.
 */
export async function heldBytes(): Promise<number> {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  let least = Infinity;
  for (let round = 0; round < COLLECTIONS; round++) {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
    await pause(20);
  }
  return least;
}

/** Filling caches and the JIT use less. A leak of 2 kB per request uses more in the long form. */
const SLACK = { ratio: 1.03, bytes: 20 * 1024 * 1024 };

/** By the second half of the cases everything is loaded and warm, so what it adds is a leak. */
export function expectNoGrowth(atHalf: number, atEnd: number, tally: Tally): void {
  const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  tally.note(`memory after gc ${megabytes(atHalf)} MB at half, ${megabytes(atEnd)} MB at the end`);
  expect(atEnd).toBeLessThan(atHalf * SLACK.ratio + SLACK.bytes);
}

/** Reports are made one after another, so the last one waits for those before it. */
export async function expectAllReportsMade({ pool }: Storewatch): Promise<void> {
  const left = "select count(*)::integer as left from report where status = 'Running'";
  while ((await pool.query(left)).rows[0].left > 0) await pause(100);
  expect((await pool.query("select error from report where status = 'Failed'")).rows).toEqual([]);
}
