import { Client } from 'pg';
import { mustAgree } from '#bench/agreement.js';
import { type Size, generate } from '#bench/sample.js';
import type { Scope } from '#bench/scope.js';
import { Server } from '#bench/server.js';
import { repeat, secondsOf } from '#bench/statistics.js';

const SEED = 1;
const END_MS = Date.UTC(2026, 10, 4);
const REPORTS = 5;
const TICKS = 5;
const BATCHES = 30;
const POLLS_PER_BATCH = 300;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PLAIN = 'storewatch_bench_plain';

/** Seconds. */
interface Seconds {
  load: number;
  rollup: number;
  readonly reports: number[];
  readonly ticks: number[];
  readonly batches: number[];
}

export interface Citus {
  readonly polls: number;
  readonly citus: Seconds;
  readonly plain: Seconds;
}

/**
 * The same work on a Citus and on a plain database of the coordinator's server, in alternation.
 * @param url an empty database on a coordinator, with the extension and the workers
 */
export async function citus(scope: Scope, url: string, size: Size, say: (stage: string) => void): Promise<Citus> {
  const sample = await generate(scope, 'citus', size, SEED, END_MS);
  const both = [
    await open(scope, url, 'on', 'citus-home'),
    await open(scope, await plainDatabase(scope, url), 'off', 'plain-home'),
  ];
  say('citus: load');
  for (const { server, seconds } of both) {
    await server.ask('load', sample.calendarsDir);
    seconds.load = (await server.ask('load', sample.pollsDir)).seconds;
  }
  say('citus: rollups');
  for (const { server, seconds } of both) seconds.rollup = (await server.ask('rollup')).seconds;
  const ids = await storeIds(url);
  say('citus: reports');
  await repeat(REPORTS, async () => {
    const csvs = [];
    for (const { server, seconds } of both) {
      const report = await server.report();
      seconds.reports.push(report.seconds);
      csvs.push(report.csv);
    }
    mustAgree('report on Citus', csvs[0], csvs[1], 'plain PostgreSQL');
  });
  say('citus: ticks and small batches');
  await repeat(TICKS, async (round) => {
    const atMs = END_MS + round * HOUR_MS + 5 * MINUTE_MS;
    for (const { server, seconds } of both) {
      seconds.ticks.push(
        await secondsOf(async () => {
          for (let from = 0; from < ids.length; from += 1_000)
            await ingest(server, ids.slice(from, from + 1_000), atMs);
          await server.ask('rollup');
        }),
      );
    }
  });
  await repeat(BATCHES, async (round) => {
    const atMs = END_MS + (TICKS - 1) * HOUR_MS + 10 * MINUTE_MS + round * 1_000;
    for (const { server, seconds } of both) {
      seconds.batches.push(await secondsOf(() => ingest(server, ids.slice(0, POLLS_PER_BATCH), atMs)));
    }
  });
  for (const { server } of both) await server.stop();
  const [distributed, plain] = both.map(({ seconds }) => seconds);
  return { polls: sample.polls, citus: distributed, plain };
}

async function open(
  scope: Scope,
  url: string,
  distributed: 'on' | 'off',
  home: string,
): Promise<{ server: Server; seconds: Seconds }> {
  const server = await Server.start(scope, scope.path(home), { DATABASE_URL: url, DISTRIBUTED: distributed });
  return { server, seconds: { load: 0, rollup: 0, reports: [], ticks: [], batches: [] } };
}

/** A new database on the same server. It is removed at the end. */
async function plainDatabase(scope: Scope, url: string): Promise<string> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  await admin.query(`drop database if exists ${PLAIN} with (force)`);
  await admin.query(`create database ${PLAIN}`);
  scope.defer(async () => {
    await admin.query(`drop database if exists ${PLAIN} with (force)`);
    await admin.end();
  });
  const plain = new URL(url);
  plain.pathname = `/${PLAIN}`;
  return plain.href;
}

async function storeIds(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ id: string }>('select external_id as id from store order by id');
  await client.end();
  return rows.map(({ id }) => id);
}

async function ingest(server: Server, ids: readonly string[], atMs: number): Promise<void> {
  const polls = ids.map((id) => ({ store_id: id, status: 'active', timestamp_utc: new Date(atMs).toISOString() }));
  const response = await fetch(`${server.httpUrl}/v1/polls`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ polls }),
  });
  const { accepted } = (await response.json()) as { accepted?: number };
  if (accepted !== ids.length) throw new Error(`${accepted} of ${ids.length} polls of a batch were accepted`);
}
