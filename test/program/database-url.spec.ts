import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { openOrm } from '../../src/platform/database/orm.js';
import { databaseUrl, execute } from '../setup/test-database.js';
import { type OwnPostgres, newOwnPostgres } from '../setup/own-postgres.js';
import { type Ended, checkBuilt, startCommand } from './command.js';
import { runHere } from './run-here.js';

const suffix = randomBytes(6).toString('hex');
const PASSWORD = `pw_${suffix}`;

let dir: string;
const server = process.env['STOREWATCH_TEST_DATABASE_URL']!;
const roles: string[] = [];
const databases: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'storewatch-url-'));
});
afterAll(async () => {
  for (const name of databases) await execute(server, `drop database if exists ${name} with (force)`);
  for (const name of roles) await execute(server, `drop role if exists ${name}`);
  await rm(dir, { recursive: true, force: true });
});

const run = (url: string, ...args: string[]): Promise<Ended> =>
  runHere(
    { env: { ...process.env, DATABASE_URL: url, STOREWATCH_HOME: dir, HTTP_PORT: '0', GRPC_PORT: '0' }, cwd: dir },
    ...args,
  );

/** A new user who can log in. @returns the user's URL for a database */
async function user(name: string, attributes = ''): Promise<(database: string) => string> {
  const role = `${name}_${suffix}`;
  roles.push(role);
  await execute(server, `create role ${role} login ${attributes} password '${PASSWORD}'`);
  return (database) => {
    const url = new URL(databaseUrl(server, database));
    Object.assign(url, { username: role, password: PASSWORD });
    return url.href;
  };
}

async function newDatabase(name: string, more = ''): Promise<string> {
  const database = `storewatch_${name}_${suffix}`;
  databases.push(database);
  await execute(server, `create database ${database} ${more}`);
  return database;
}

async function isThere(database: string): Promise<boolean> {
  const client = new Client({ connectionString: server });
  await client.connect();
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
  await client.end();
  return rowCount === 1;
}

/** Expects one sentence, no stack, no password and exit code 1. */
const refusal = (text: RegExp): unknown => ({ code: 1, out: '', err: expect.stringMatching(text) });

describe('an unusable DATABASE_URL', () => {
  it('with a wrong database name is an error and creates no database', async () => {
    const name = `storewatch_none_${suffix}`;
    databases.push(name);
    const refused = await run(databaseUrl(server, name), 'migrate');
    expect(refused).toEqual(
      refusal(
        /^storewatch: There is no database storewatch_none_\w+ on 127\.0\.0\.1:\d+\. Correct its name in DATABASE_URL, or create it: storewatch migrate --create\.\n$/,
      ),
    );
    expect(await isThere(name)).toBe(false);

    expect(await run(databaseUrl(server, name), 'migrate', '--create')).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('Database schema: ran '),
    });
    expect(await run(databaseUrl(server, name), 'migrate', '--create')).toMatchObject({
      code: 0,
      out: 'Database schema: up to date.\n',
    });
  });

  it('with a wrong password or an unknown user is an error that does not show the password', async () => {
    const wrong = new URL(server);
    wrong.password = 'guessed';
    const { err, ...rest } = await run(wrong.href, 'migrate');
    expect(err).toMatch(
      /^storewatch: PostgreSQL at .* rejects the password of user storewatch\. Correct it in DATABASE_URL[^\n]*\n$/,
    );
    expect(err).not.toContain('guessed');
    expect(rest).toEqual({ code: 1, out: '' });

    wrong.password = '';
    expect(await run(wrong.href, 'migrate')).toEqual(
      refusal(
        /^storewatch: PostgreSQL at .* requires a password for user storewatch, but DATABASE_URL has none[^\n]*\n$/,
      ),
    );
  });

  it('with a closed port is an error', async () => {
    expect(await run('postgresql://me:secret@127.0.0.1:1/x', 'migrate')).toEqual(
      refusal(
        /^storewatch: PostgreSQL at 127\.0\.0\.1:1\/x does not answer: connect ECONNREFUSED [^\n]*DATABASE_URL is correct\.\n$/,
      ),
    );
  });

  it('that cannot be parsed is an error in the settings', async () => {
    expect(await run('postgresql://me:12#34@127.0.0.1/x', 'migrate')).toEqual(
      refusal(/^storewatch: Invalid settings\. DATABASE_URL: contains an unencoded #\. [^\n]*%23[^\n]*\n$/),
    );
  });
});

describe('a DATABASE_URL user without the necessary rights', () => {
  it('is told to get the right to create tables', async () => {
    const url = await user('poor');
    const database = await newDatabase('poor');
    expect(await run(url(database), 'migrate')).toEqual(
      refusal(
        new RegExp(
          `^storewatch: The user poor_${suffix} of DATABASE_URL lacks a privilege in the database ${database}: permission denied for schema public\\. As a superuser run there: grant usage, create on schema public to poor_${suffix}\\.\\n$`,
        ),
      ),
    );
    await execute(databaseUrl(server, database), `grant usage, create on schema public to poor_${suffix}`);
    expect(await run(url(database), 'migrate')).toMatchObject({ code: 0 });
  });

  it('is told to get the right to create the schema of the queue', async () => {
    const url = await user('queueless');
    const database = await newDatabase('queueless');
    await execute(databaseUrl(server, database), `grant create on schema public to queueless_${suffix}`);
    const sentence = new RegExp(
      `^storewatch: The user queueless_${suffix} of DATABASE_URL may not create the schema pgboss in the database ${database}, which the job queue needs\\. As a superuser run there: grant create on database ${database} to queueless_${suffix}\\.\\n$`,
    );
    expect(await run(url(database), 'serve')).toEqual(refusal(sentence));
    expect(await run(url(database), 'serve', '--roles', 'worker')).toEqual(refusal(sentence));
  });

  it('is told to get the right to create a database', async () => {
    const url = await user('small');
    expect(await run(url(`storewatch_small_${suffix}`), 'migrate', '--create')).toEqual(
      refusal(
        /Could not create the database [^\n]*: permission denied to create database\. As a superuser run: create database [^\n]*\n$/,
      ),
    );
  });
});

// A separate process: it drops these variables before it loads anything.
it('libpq variables do not affect connections to DATABASE_URL', async () => {
  await checkBuilt();
  const database = await newDatabase('variables');
  const variables = {
    PGHOST: 'nowhere.invalid',
    PGPORT: '1',
    PGUSER: 'nobody',
    PGPASSWORD: 'wrong',
    PGDATABASE: 'none',
    PGOPTIONS: '-c no.such=1 -c default_transaction_read_only=on',
    PGSSLMODE: 'verify-full',
    PGSSLNEGOTIATION: 'direct',
    PGAPPNAME: 'somebody',
  };
  const env = { ...process.env, ...variables, DATABASE_URL: databaseUrl(server, database), STOREWATCH_HOME: dir };
  expect(await startCommand({ env, cwd: dir }, 'migrate').ended).toMatchObject({ code: 0, err: '' });
});

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);
(hasIpv6 ? it : it.skip)('connects to an IPv6 address', async () => {
  const postgres: OwnPostgres = await newOwnPostgres({ listen_addresses: '::1' });
  try {
    await postgres.start();
    const orm = await openOrm(postgres.url.replace('127.0.0.1', '[::1]'), 1);
    expect(await orm.em.execute('select inet_server_addr()::text as address')).toEqual([{ address: '::1/128' }]);
    await orm.close(true);
  } finally {
    await postgres.remove();
  }
});
