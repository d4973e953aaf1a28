import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Settings } from '../../src/platform/config/settings.js';
import { openDatabase } from '../../src/app/process-context.js';
import { queryOnSideConnection } from '../../src/platform/database/side-connection.js';
import { openOrm } from '../../src/platform/database/orm.js';
import { type Pair, certificate } from '../setup/certificate.js';
import { type OwnPostgres, newOwnPostgres } from '../setup/own-postgres.js';
import { checkBuilt, startCommand } from './command.js';

const ONLY_TLS = `hostssl all storewatch all scram-sha-256\nhostssl all known all cert\n`;

let dir: string;
let authority: Pair;
let postgres: OwnPostgres;
/** A server with a certificate for another host. */
let elsewhere: OwnPostgres;

const serverFiles = ({ cert, key }: Pair, hba: string): Record<string, string> => ({
  'server.crt': cert,
  'server.key': key,
  'ca.crt': authority.cert,
  'pg_hba.conf': hba,
});
const TLS_ON = { ssl: 'on', ssl_ca_file: 'ca.crt', log_connections: 'on' };

beforeAll(async () => {
  await checkBuilt();
  dir = await mkdtemp(join(tmpdir(), 'storewatch-tls-'));
  authority = await certificate('the authority of the database');
  const client = await certificate('known', authority);
  const files = { 'ca.pem': authority.cert, 'other.pem': (await certificate('another authority')).cert };
  for (const [name, pem] of Object.entries({ ...files, 'client.pem': client.cert, 'client.key': client.key })) {
    await writeFile(join(dir, name), pem);
  }
  postgres = await newOwnPostgres(TLS_ON, serverFiles(await certificate('db', authority), ONLY_TLS));
  const other = await certificate('db', authority, 'db.example.com');
  elsewhere = await newOwnPostgres(TLS_ON, serverFiles(other, 'hostssl all all all scram-sha-256\n'));
  await postgres.start();
  await elsewhere.start();
});
afterAll(async () => {
  await postgres?.remove();
  await elsewhere?.remove();
  await rm(dir, { recursive: true, force: true });
});

const file = (name: string): string => encodeURIComponent(join(dir, name));

/** Whether the server sees the connection made from a URL as encrypted. */
async function encrypted(url: string): Promise<boolean> {
  const orm = await openOrm(url, 1);
  try {
    const rows = await orm.em.execute<{ ssl: boolean }[]>('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    return rows[0].ssl;
  } finally {
    await orm.close(true);
  }
}

const refusal = (url: string): Promise<string> =>
  encrypted(url).then(
    () => 'it connected',
    (error: Error) => error.message,
  );

describe('TLS to the database', () => {
  it('follows libpq: require encrypts, verify-ca also checks the CA, verify-full also checks the host name', async () => {
    const verified = `sslrootcert=${file('ca.pem')}`;
    for (const parameters of [
      'sslmode=require',
      'ssl=true',
      `sslmode=require&${verified}`,
      `sslmode=verify-ca&${verified}`,
      `sslmode=verify-full&${verified}`,
    ]) {
      expect([parameters, await encrypted(`${postgres.url}?${parameters}`)]).toEqual([parameters, true]);
    }
    expect(await encrypted(`${elsewhere.url}?sslmode=verify-ca&${verified}`)).toBe(true);
    expect(await refusal(`${elsewhere.url}?sslmode=verify-full&${verified}`)).toMatch(
      /^The certificate of PostgreSQL at 127\.0\.0\.1:\d+\/postgres is not for 127\.0\.0\.1: .*not in the cert's list.*DATABASE_URL/,
    );
  });

  it('fails with another CA, and with only the CAs of Node or the system', async () => {
    const other = `sslrootcert=${file('other.pem')}`;
    for (const parameters of [
      `sslmode=require&${other}`,
      `sslmode=verify-ca&${other}`,
      `sslmode=verify-full&${other}`,
      'sslmode=verify-full',
      'sslmode=verify-full&sslrootcert=system',
      'sslrootcert=system',
    ]) {
      expect(await refusal(`${postgres.url}?${parameters}`)).toMatch(
        /^The certificate of PostgreSQL at .* is not trusted: .*sslrootcert=FILE\.$/,
      );
    }
  });

  it('is suggested by the error message when the server requires it', async () => {
    for (const parameters of ['', '?sslmode=disable']) {
      expect(await refusal(postgres.url + parameters)).toMatch(
        /requires TLS \(.*no encryption\)\. Add sslmode=verify-full to DATABASE_URL/,
      );
    }
  });

  it('does not fall back to plaintext when the server has no TLS', async () => {
    const url = process.env['STOREWATCH_TEST_DATABASE_URL']!;
    for (const parameters of ['sslmode=require', `sslmode=verify-full&sslrootcert=${file('ca.pem')}`]) {
      expect(await refusal(`${url}?${parameters}`)).toMatch(
        /does not support TLS, but DATABASE_URL requires it \(sslmode=.*\)\. Enable TLS on the server/,
      );
    }
    expect(await encrypted(`${url}?sslmode=disable`)).toBe(false);
  });

  it('presents a client certificate to the server', async () => {
    const admin = await openOrm(`${postgres.url}?sslmode=require`, 1);
    await admin.em.execute('create role known login superuser');
    await admin.close(true);
    const url = postgres.url.replace(/\/\/.*@/, '//known@');
    const own = `sslcert=${file('client.pem')}&sslkey=${file('client.key')}`;
    expect(await encrypted(`${url}?sslmode=require&${own}`)).toBe(true);
    expect(await refusal(`${url}?sslmode=require`)).toMatch(/valid client certificate.*DATABASE_URL/);
    expect(await refusal(`${url}?sslmode=require&sslcert=${file('client.pem')}&sslkey=${file('ca.pem')}`)).toMatch(
      /^sslkey of DATABASE_URL is ".*ca\.pem": the file contains no private key in PEM/,
    );
    expect(await refusal(`${url}?sslmode=verify-ca&sslrootcert=${file('not-there.pem')}`)).toMatch(
      /^sslrootcert of DATABASE_URL is ".*not-there\.pem": the file cannot be read \(ENOENT\)/,
    );
  });

  /** The server rejects connections without TLS and logs whether each accepted connection is encrypted. */
  it('is used for every connection that the program opens', async () => {
    const url = `${postgres.url}?sslmode=verify-full&sslrootcert=${file('ca.pem')}`;
    const home = join(dir, 'home');
    const env = { ...process.env, DATABASE_URL: url, STOREWATCH_HOME: home, HTTP_PORT: '0', GRPC_PORT: '0' };
    const run = (...args: string[]): Promise<{ code: number | null; err: string }> =>
      startCommand({ env, cwd: dir }, ...args).ended;
    expect(await run('migrate')).toMatchObject({ code: 0, err: '' });
    expect(await run('generate', 'files', '--stores', '5', '--days', '8')).toMatchObject({ code: 0 });
    expect(await run('report', '--data', 'files', '--out', 'report.csv')).toMatchObject({ code: 0, err: '' });

    const server = startCommand({ env: { ...env, LOG_LEVEL: 'warn' }, cwd: dir }, 'serve');
    const greeting = await server.said(/Stop it with/);
    const http = /REST\s+(\S+)/.exec(greeting)![1];
    expect(greeting).toMatch(/Data\s+the PostgreSQL of DATABASE_URL \(TLS\)/);
    const sent = await fetch(`${http}/v1/imports/store_timezones`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/csv' },
      body: 'store_id,timezone_str\na,Asia/Tokyo\n',
    });
    expect(sent.status).toBe(201);
    const { report_id: id } = (await (await fetch(`${http}/trigger_report`, { method: 'POST' })).json()) as {
      report_id: string;
    };
    while (!(await fetch(`${http}/get_report?report_id=${id}`)).headers.get('content-type')!.startsWith('text/csv'))
      await sleep(50);

    const { database, close } = await openDatabase(Settings.from(env));
    expect(
      await queryOnSideConnection(
        database.pool.options,
        'select from pg_stat_ssl where ssl and pid = pg_backend_pid()',
        [],
      ),
    ).toBe(1);
    const { rows } = await database.pool.query(
      `select application_name as name, bool_and(ssl) as ssl from pg_stat_ssl join pg_stat_activity using (pid)
       where backend_type = 'client backend' group by 1 order by 1`,
    );
    expect(rows).toEqual([
      { name: 'storewatch', ssl: true },
      { name: 'storewatch jobs', ssl: true },
    ]);
    await close();
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0, err: '' });

    const letIn = (await postgres.log())
      .split('\n')
      .filter((line) => line.includes('connection authorized: user=storewatch'));
    expect(letIn.length).toBeGreaterThan(8);
    expect(letIn.filter((line) => !line.includes('SSL enabled'))).toEqual([]);
  });
});
