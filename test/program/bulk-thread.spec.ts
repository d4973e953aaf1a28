import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Lock } from '../../src/platform/database/locks.js';
import { type Served, serve } from './served.js';

/** Long, because each server is a new process with two threads. */
jest.setTimeout(300_000);

const HEADER = 'store_id,status,timestamp_utc\n';
const poll = (day: string, hour = 10): string => `a,active,2026-${day} ${hour}:05:00 UTC\n`;

/** Enough polls of one day to be written as days, so that their partition must be created. */
const manyPolls = (day: string): string => {
  const startMs = Date.parse(`2026-${day}T00:00Z`);
  return Array.from({ length: MANY }, (_, i) => `a,active,${new Date(startMs + i * 1_000).toISOString()}\n`).join('');
};
const MANY = 20_001;

const LOOK_MS = 10;

/** The id of the first import that begins after that moment, once it exists. */
async function begun({ client }: Served, sinceMs: number): Promise<string> {
  for (;;) {
    const { rows } = await client.query('select id from import where started_at >= $1', [new Date(sinceMs)]);
    if (rows.length > 0) return (rows as { id: string }[])[0].id;
    await sleep(LOOK_MS);
  }
}

/** An import once it is no longer running. */
async function finished({ client }: Served, id: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { rows } = await client.query(`select status, error from import where id = $1 and status <> 'Running'`, [id]);
    if (rows.length > 0) return (rows as Record<string, unknown>[])[0];
    await sleep(LOOK_MS);
  }
}

/** How many threads of the server have a lower priority than its first one. */
async function threadsThatGaveWay({ child }: Served): Promise<number> {
  const tasks = `/proc/${child.pid}/task`;
  const stats = (await readdir(tasks)).map((thread) => readFile(join(tasks, thread, 'stat'), 'utf8').catch(() => ''));
  // proc_pid_stat(5): nice is the 17th field after the name in parentheses.
  const nice = (await Promise.all(stats)).map((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]));
  const usual = Math.min(...nice); // The priority of the tests, which may run under nice themselves.
  return nice.filter((value) => value > usual).length;
}

/** A server with default settings. No test stops it, and each test waits until its own uploads end. */
let server: Served;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server?.close());

describe('files that a server loads in its bulk thread', () => {
  it('have the same counts and rejects as without the thread', async () => {
    const { upload, url } = server;
    const { sending, answer } = upload('store_status');
    sending.end(gzipSync(`${HEADER}${poll('10-05')}a,maybe,2026-10-05 11:05:00 UTC\n`));
    const { status, body } = await answer;
    expect([status, body]).toMatchObject([201, { status: 'Complete', read: 2, accepted: 1, rejected: 1 }]);
    const rejects = await fetch(`${url}/v1/imports/${String(body['import_id'])}/rejects`);
    expect(await rejects.text()).toContain('"maybe"" is neither active nor inactive');
  });

  it('can be larger than the buffer between the threads', async () => {
    const { upload } = server;
    const { sending, answer } = upload('store_status');
    const rows = 100_000;
    sending.write(HEADER);
    for (let i = 0; i < rows; i++) {
      const time = new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
      if (!sending.write(`a,active,${time}\n`)) await once(sending, 'drain');
    }
    sending.end();
    expect(await answer).toMatchObject({ status: 201, body: { read: rows, accepted: rows } });
  });

  it('are rejected with a reason when they cannot be read', async () => {
    const { upload } = server;
    const { sending, answer } = upload('store_status');
    sending.end('store_id,status\na,active\n');
    expect(await answer).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_argument',
        detail: expect.stringContaining('timestamp_utc is missing'),
        import: { read: 1, accepted: 0, rejected: 1 },
      },
    });
  });

  it('keep and report the rows read before the client disconnected', async () => {
    const sinceMs = Date.now();
    const { sending } = server.upload('store_status');
    sending.on('error', () => {});
    sending.write(HEADER + poll('10-05'));
    const id = await begun(server, sinceMs);
    sending.destroy();
    expect(await finished(server, id)).toMatchObject({
      status: 'Failed',
      error: expect.stringMatching(/^Reading failed \(aborted\) after line \d/),
    });
  });

  it('are answered with 503 when the database connection breaks', async () => {
    const { upload, client, waiting } = server;
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [Lock.partitions]);
    const { sending, answer } = upload('store_status');
    sending.end(HEADER + manyPolls('11-02')); // a week without polls in the other tests
    await waiting(1);
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'advisory' and datname = current_database()`,
    );
    expect(await answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    await client.query('rollback');
  });
});

describe('a server with two threads', () => {
  let own: Served | undefined;
  const served = async (...args: Parameters<typeof serve>): Promise<Served> => (own = await serve(...args));
  afterEach(async () => {
    await own?.close();
    own = undefined;
  });

  const onLinux = process.platform === 'linux' ? it : it.skip; // On other systems, priorities belong to processes.

  onLinux('lets the kernel run requests first: one thread of it has given way', async () => {
    expect(await threadsThatGaveWay(server)).toBe(1);
  });

  onLinux('starts the thread at the first load, if the thread has no jobs to run', async () => {
    const started = await served({}, 'api');
    expect(await threadsThatGaveWay(started)).toBe(0);
    const { sending, answer } = started.upload('store_status');
    sending.end(HEADER + poll('10-05'));
    expect(await answer).toMatchObject({ status: 201, body: { accepted: 1 } });
    expect(await threadsThatGaveWay(started)).toBe(1);
    started.child.kill('SIGTERM');
    expect(await started.ended).toEqual({ code: 0, err: '' });
  });

  it('has all metrics and stops in order before the thread has started', async () => {
    const { child, ended, url } = await served({}, 'api');
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('storewatch_metrics_read{part="bulk"} 1');
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, err: '' });
  });

  /** Whoever creates a partition holds a lock. The others wait for it, each with a connection. */
  it('makes progress with the smallest connection pool when loads and a first rollup wait for each other', async () => {
    const { upload, client, waiting, url } = await served({ DATABASE_POOL_SIZE: '5' });
    const first = upload('store_status');
    first.sending.end(HEADER + poll('10-05') + poll('10-05', 12));
    await first.answer;
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [Lock.partitions]);
    const response = await fetch(`${url}/trigger_report`, { method: 'POST' });
    const { report_id: id } = (await response.json()) as { report_id: string };
    await waiting(1);
    const loads = ['10-12', '10-19', '10-26'].map((day) => {
      const { sending, answer } = upload('store_status');
      sending.end(HEADER + manyPolls(day));
      return answer;
    });
    await waiting(2);
    await client.query('commit');
    for (const load of loads) expect(await load).toMatchObject({ status: 201, body: { accepted: MANY } });
    for (let type = ''; !type.startsWith('text/csv'); await sleep(LOOK_MS)) {
      const answer = await fetch(`${url}/get_report?report_id=${id}`);
      expect(await answer.text()).not.toContain('Failed');
      type = answer.headers.get('content-type')!;
    }
  });

  it('answers the current upload before it stops', async () => {
    const started = await served();
    const { upload, child, ended } = started;
    const { sending, answer } = upload('store_status');
    sending.write(HEADER + poll('10-05'));
    await begun(started, 0);
    child.kill('SIGTERM');
    await once(child.stdout!, 'data'); // Stopping…
    sending.end(poll('10-05', 11));
    expect(await answer).toMatchObject({ status: 201, body: { accepted: 2 } });
    expect(await ended).toEqual({ code: 0, err: '' });
  });

  it('exits with an error when either thread dies', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'storewatch-crash-'));
    const [preload, sign] = [join(dir, 'crash.mjs'), join(dir, 'sign')];
    await writeFile(
      preload,
      `import { existsSync } from 'node:fs';
       import { isMainThread } from 'node:worker_threads';
       const look = () => { if (existsSync(${JSON.stringify(sign)})) throw new Error('as if by a bug'); };
       if (!isMainThread) setInterval(look, 10).unref();`,
    );
    const started = await served({ NODE_OPTIONS: `--import ${pathToFileURL(preload).href}` });
    const { sending, answer } = started.upload('store_status');
    sending.write(HEADER + poll('10-05'));
    await begun(started, 0);
    await writeFile(sign, '');
    expect(await answer).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('Send the file again') },
    });
    sending.end();
    expect(await started.ended).toMatchObject({ code: 1, err: expect.stringContaining('as if by a bug') });
    await rm(dir, { recursive: true });
  });
});
