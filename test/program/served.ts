import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createTestDatabase } from '../setup/test-database.js';

const LOOK_MS = 10;

/** `storewatch serve` as built by `npm run build`, over its own database. */
export interface Served {
  readonly child: ChildProcess;
  readonly url: string;
  /** A connection to read the database and to hold locks in it. */
  readonly client: Client;
  readonly ended: Promise<{ code: number | null; err: string }>;
  /** Starts an upload. Each write is sent at once. */
  readonly upload: (kind: string) => {
    sending: ClientRequest;
    answer: Promise<{ status: number; body: Record<string, unknown> }>;
  };
  /** Resolves when this many backends of the server wait for a lock. */
  readonly waiting: (count: number) => Promise<void>;
  close(): Promise<void>;
}

export async function serve(environment: Record<string, string> = {}, roles = 'api,worker'): Promise<Served> {
  const database = await createTestDatabase();
  const home = await mkdtemp(join(tmpdir(), 'storewatch-served-'));
  const child = spawn(process.execPath, [resolve('dist/src/cli.js'), 'serve', '--roles', roles], {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      STOREWATCH_HOME: home,
      HTTP_PORT: '0',
      GRPC_PORT: '0',
      LOG_LEVEL: 'error',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, err }));
  const url = await new Promise<string>((resolveWith, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      const [, found] = /REST\s+(\S+)\n/.exec(out) ?? [];
      if (found !== undefined && out.includes('Stop it')) resolveWith(found);
    });
    ended.then(() => reject(new Error(`The server ended: ${out}${err} Was npm run build run?`)), reject);
  });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  return {
    child,
    url,
    client,
    ended,
    upload(kind) {
      const sending = request(`${url}/v1/imports/${kind}`, { method: 'POST', headers: { 'Content-Type': 'text/csv' } });
      const answer = once(sending, 'response').then(async ([response]) => {
        const { statusCode } = response as IncomingMessage;
        return { status: statusCode!, body: JSON.parse(await text(response as IncomingMessage)) as object as never };
      });
      answer.catch(() => {}); // A test that breaks it off does not wait for it.
      return { sending, answer };
    },
    async waiting(count) {
      for (let found = -1; found < count; await sleep(LOOK_MS)) {
        const { rows } = await client.query(
          `select count(distinct pid)::int as count from pg_locks join pg_database on pg_database.oid = database
           where not granted and datname = current_database()`,
        );
        found = rows[0].count;
      }
    },
    async close() {
      await client.end();
      child.kill('SIGKILL');
      await ended;
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
