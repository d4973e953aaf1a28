import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Log } from '../../src/platform/logging/log.js';
import { EXAMPLE_REPORT, loadExample } from '../e2e/example.js';
import { type Problem, describedReport, finishedReport, newReport, sendJson } from '../e2e/rest.js';
import { type Storewatch, startStorewatch } from '../e2e/server.js';
import { checkBuilt, startCommand } from '../program/command.js';
import { createTestDatabase } from '../setup/test-database.js';
import { Bucket, awsEnvironment, endpoint, setEnvironment, user } from './bucket.js';
import { Faulty } from './faulty.js';

let bucket: Bucket;
let faulty: Faulty;

beforeEach(async () => {
  [bucket, faulty] = [await Bucket.create(), await Faulty.start()];
});
afterEach(async () => {
  jest.restoreAllMocks();
  bucket.close();
  await faulty.close();
});

describe('a server whose storage is S3', () => {
  let server: Storewatch;
  beforeEach(async () => {
    setEnvironment(awsEnvironment(faulty.url));
    server = await startStorewatch({ STORAGE_URL: bucket.url('exports') });
    await loadExample(server);
  });
  afterEach(() => server.close());

  const keysOf = async (id: string): Promise<{ storage_key: string; sha256: string; attempt: number }> => {
    const { rows } = await server.pool.query('select storage_key, sha256, attempt from report where id = $1', [id]);
    return rows[0];
  };

  /** The id of a complete report whose file has not been read yet, because a file read recently is cached. */
  async function unreadReport(): Promise<string> {
    const triggered = await sendJson(server, 'POST', '/trigger_report', {});
    const { report_id: id } = triggered.json() as { report_id: string };
    expect(await describedReport(server, id)).toMatchObject({ status: 'Complete' });
    return id;
  }

  it('keeps reports there: REST, gRPC and any S3 client read the same bytes', async () => {
    const { id, csv } = await newReport(server);

    expect(csv).toMatchObject({ status: 200, text: EXAMPLE_REPORT });
    const pieces = await server.grpc.downloadReport({ reportId: id });
    expect(Buffer.concat(pieces.map(({ data }) => data as Buffer)).toString()).toBe(EXAMPLE_REPORT);
    const { storage_key: key, sha256 } = await keysOf(id);
    expect(await bucket.keys()).toEqual([`exports/${key.replace('.csv', '.account.json')}`, `exports/${key}`]);
    const bytes = await bucket.read(`exports/${key}`);
    expect(bytes.toString()).toBe(EXAMPLE_REPORT);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  });

  it('retries a report whose file the storage did not accept', async () => {
    jest.spyOn(Log.prototype, 'error').mockImplementation(() => {}); // The failure is logged with its stack.
    let refused = 0;
    // All retries of the SDK in the first attempt.
    faulty.fault = ({ method }) =>
      method === 'PUT' && refused++ < 3 ? { status: 503, code: 'ServiceUnavailable' } : undefined;

    const { id, csv } = await newReport(server);

    expect(csv).toMatchObject({ status: 200, text: EXAMPLE_REPORT });
    expect(refused).toBeGreaterThan(3);
    expect(await keysOf(id)).toMatchObject({ attempt: 2 });
  });

  it('reports that the storage is unavailable and recovers on its own', async () => {
    jest.spyOn(Log.prototype, 'error').mockImplementation(() => {});
    const id = await unreadReport();
    faulty.fault = () => ({ status: 503, code: 'ServiceUnavailable' });

    const away = await fetch(`${server.http}/get_report?report_id=${id}`);
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5']);
    expect(((await away.json()) as Problem).detail).toMatch(
      /could not read reports\/.*: the server answered with 503 ServiceUnavailable/,
    );
    await expect(server.grpc.downloadReport({ reportId: id })).rejects.toMatchObject({ code: 14 });

    faulty.fault = () => undefined;
    expect(await finishedReport(server, id)).toMatchObject({ status: 200, text: EXAMPLE_REPORT });
  });

  it('does not return a truncated file as complete', async () => {
    jest.spyOn(Log.prototype, 'error').mockImplementation(() => {});
    const id = await unreadReport();
    faulty.fault = () => ({ cutAfter: 100 });

    const answer = await fetch(`${server.http}/get_report?report_id=${id}`);
    expect(answer.status).toBe(503);
    expect(((await answer.json()) as Problem).detail).toContain('the connection broke off');
    await expect(server.grpc.downloadReport({ reportId: id })).rejects.toMatchObject({
      code: 14,
      details: expect.stringContaining('the connection broke off'),
    });
  });

  it('does not return the response of another server as the file', async () => {
    jest.spyOn(Log.prototype, 'error').mockImplementation(() => {});
    const id = await unreadReport();
    for (const body of ['<html>Sign in</html>', EXAMPLE_REPORT.replace('1', '2')]) {
      faulty.fault = ({ method }) => (method === 'GET' ? { body } : undefined);
      const answer = await fetch(`${server.http}/v1/reports/${id}/content`);
      expect(answer.status).toBe(503);
      expect(((await answer.json()) as Problem).detail).toContain('did not return the file stored as reports/');
      await expect(server.grpc.downloadReport({ reportId: id })).rejects.toMatchObject({ code: 14 });
    }
    faulty.fault = () => undefined;
    expect(await finishedReport(server, id)).toMatchObject({ status: 200, text: EXAMPLE_REPORT });
  });

  it('reports a truncated file before it sends anything, even if the file is too large to be read first', async () => {
    jest.spyOn(Log.prototype, 'error').mockImplementation(() => {});
    const id = await unreadReport();
    await server.pool.query('update report set size_bytes = $2 where id = $1', [id, 5 * 1024 * 1024]);
    faulty.fault = () => ({ cutAfter: 100 });

    const answer = await fetch(`${server.http}/get_report?report_id=${id}`);
    expect(answer.status).toBe(503);
    expect(((await answer.json()) as Problem).detail).toContain('the connection broke off');
    await expect(server.grpc.downloadReport({ reportId: id })).rejects.toMatchObject({
      code: 14,
      details: expect.stringContaining('the connection broke off'),
    });
  });
});

describe('the command line', () => {
  let dir: string;
  let env: NodeJS.ProcessEnv;
  let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
  beforeEach(async () => {
    await checkBuilt();
    [dir, testDatabase] = [await mkdtemp(join(tmpdir(), 'storewatch-s3-')), await createTestDatabase()];
    env = {
      ...process.env,
      ...awsEnvironment(),
      DATABASE_URL: testDatabase.url,
      STOREWATCH_HOME: join(dir, 'home'),
      STORAGE_URL: bucket.url('cli'),
      HTTP_PORT: '0',
      GRPC_PORT: '0',
    };
  });
  afterEach(async () => {
    await testDatabase.drop();
    await rm(dir, { recursive: true, force: true });
  });

  it('makes a report of files in the bucket and writes a copy', async () => {
    const [files, out] = [join(dir, 'files'), join(dir, 'report.csv')];
    expect(
      await startCommand({ env, cwd: dir }, 'generate', files, '--stores', '20', '--days', '3').ended,
    ).toMatchObject({
      code: 0,
    });
    expect(await startCommand({ env, cwd: dir }, 'report', '--data', files, '--out', out).ended).toMatchObject({
      code: 0,
      err: expect.not.stringContaining('rejected'),
    });

    const [, key] = await bucket.keys();
    expect(key).toMatch(/^cli\/reports\/\d{4}-\d\d-\d\d\/[\da-f-]{36}\.csv$/);
    const copy = await readFile(out, 'utf8');
    expect(copy.split('\n')).toHaveLength(22);
    expect((await bucket.read(key)).toString()).toBe(copy);
  });

  it('writes no copy and keeps the old one when another server answers in place of the storage', async () => {
    const [files, out] = [join(dir, 'files'), join(dir, 'report.csv')];
    await startCommand({ env, cwd: dir }, 'generate', files, '--stores', '20', '--days', '3').ended;
    await writeFile(out, 'the last one');
    faulty.fault = ({ method }) => (method === 'GET' ? { body: 'Sign in to the network' } : undefined);
    const through = { ...env, ...awsEnvironment(faulty.url) };
    const { code, err } = await startCommand({ env: through, cwd: dir }, 'report', '--data', files, '--out', out).ended;
    expect(code).toBe(1);
    expect(err).toMatch(
      /^storewatch: The storage s3:.* did not return the file stored as reports\/.*received \d+ bytes instead of/m,
    );
    expect(await readFile(out, 'utf8')).toBe('the last one');
    expect((await readdir(dir)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('serves and says where reports are stored', async () => {
    const server = startCommand({ env, cwd: dir }, 'serve');
    const greeting = await server.said(/Stop it with Ctrl-C/);
    server.child.kill('SIGINT');

    expect(greeting).toContain(`  Reports   s3://${bucket.name}/cli at ${endpoint}\n`);
    expect(greeting).not.toContain('"level":"warn"');
    expect(await server.ended).toMatchObject({ code: 0, err: '' });
  });

  it('serves even if the storage is unavailable, and warns without revealing a secret', async () => {
    const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'not-the-secret' };
    const server = startCommand({ env: wrong, cwd: dir }, 'serve');
    const greeting = await server.said(/Stop it with Ctrl-C/);
    const [, url] = /REST\s+(\S+)/.exec(greeting)!;
    const polls = [{ store_id: 's', status: 'active', timestamp_utc: '2026-01-12T15:14:00Z' }];
    const answer = await sendJson({ http: url } as Storewatch, 'POST', '/v1/polls', { polls });
    server.child.kill('SIGINT');

    const { code, out, err } = await server.ended;
    expect([code, answer.status]).toEqual([0, 200]);
    expect(out + err).toMatch(
      /"level":"warn".*The storage s3:.* cannot be used: the signature is wrong\. Check AWS_SECRET_ACCESS_KEY/,
    );
    expect(out + err).not.toMatch(new RegExp(`not-the-secret|${user.accessKeyId}`));
  });
});
