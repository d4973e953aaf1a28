import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Cluster } from './cluster.js';
import { type Ledger, pollsOf } from './ledger.js';
import { differencesFromClean } from './recompute.js';
import { type Format, isWhole } from './report-file.js';

export interface Place {
  readonly cluster: Cluster;
  readonly database: string;
  /** STOREWATCH_HOME of all processes. */
  readonly home: string;
}

/** Unfinished work, all of which must end on its own. */
export interface Unfinished {
  reports: number;
  imports: number;
  files: string[];
}

const SETTLE_MS = { reports: 60_000, rest: 90_000 };
const LOOK_EVERY_MS = 500;
const BATCHES_PER_INSERT = 200;
/** Reports requested by clients. A clock that jumps may start the nightly one. */
const REPORTS_ASKED_FOR = `select count(*) from report where id not in (
  select report_id from schedule_run where report_id is not null)`;

/** Waits until nothing is unfinished, up to the promised times. @returns what was unfinished then */
export async function settle(place: Place): Promise<Unfinished & { seconds: number }> {
  const startedAt = performance.now();
  let reports: number | undefined;
  for (;;) {
    const now = await unfinished(place);
    const elapsedMs = performance.now() - startedAt;
    if (now.reports === 0 || elapsedMs >= SETTLE_MS.reports) reports ??= now.reports;
    const isDone = now.reports + now.imports + now.files.length === 0;
    if (isDone || elapsedMs >= SETTLE_MS.rest) return { ...now, reports: reports ?? 0, seconds: elapsedMs / 1000 };
    await sleep(LOOK_EVERY_MS);
  }
}

async function unfinished({ cluster, database, home }: Place): Promise<Unfinished> {
  return cluster.run(database, async (client) => {
    const files = await filesIn(join(home, 'storage'));
    const { rows: keys } = await client.query<{ key: string }>(
      `select unnest(array[storage_key, account_key]) as key from report where status = 'Complete'`,
    );
    const known = new Set(keys.map(({ key }) => key));
    return {
      reports: await count(client, `select count(*) from report where status = 'Running'`),
      imports: await count(client, `select count(*) from import where status = 'Running'`),
      // A file that a schedule publishes may be overwritten, and is retried for longer than this waits.
      files: files.filter((file) => file.startsWith('reports/') && !known.has(file)),
    };
  });
}

/** Compares the database and the storage with what was acknowledged. Nothing else may use them meanwhile. */
export async function check({ cluster, database, home }: Place, ledger: Ledger): Promise<Record<string, number>> {
  const polls = await cluster.run(database, async (client) => {
    await loadSent(client, ledger);
    const both = 'sent left join there using (store, polled_at)';
    return {
      lost: await count(client, `select count(*) from ${both} where acknowledged and there.active is null`),
      changed: await count(client, `select count(*) from ${both} where acknowledged and there.active <> sent.active`),
      unknown: await count(
        client,
        'select count(*) from there left join sent using (store, polled_at) where sent.store is null',
      ),
      countedTwice: await count(client, COUNTED_TWICE),
    };
  });
  const reports = await cluster.run(database, async (client) => ({
    lost: await countMissing(client, [...ledger.reports.values()]),
    twice: Math.max(0, (await count(client, REPORTS_ASKED_FOR)) - ledger.reportKeys.length),
    broken: await countBroken(client, join(home, 'storage')),
    complete: await count(client, `select count(*) from report where status = 'Complete'`),
    failed: await count(client, `select count(*) from report where status = 'Failed'`),
    unexplained: await count(
      client,
      `select count(*) from report where status = 'Failed' and coalesce(error, '') = ''`,
    ),
  }));
  return {
    'polls lost': polls.lost,
    'polls with another status': polls.changed,
    'polls that nobody sent': polls.unknown,
    'polls counted twice, or not at all, in hours': polls.countedTwice,
    'hours and days unlike a clean recomputation': await differencesFromClean(cluster, database),
    'reports lost': reports.lost,
    'reports made twice': reports.twice,
    'reports failed without a reason': reports.unexplained,
    'complete reports with a broken file': reports.broken,
    'reports complete': reports.complete,
    'reports failed': reports.failed,
  };
}

/**
 * For each day, up to the watermark, adds up the differences between the number of polls and the count in its rollups.
 */
const COUNTED_TWICE = `
  with sealed as (select sealed_to from rollup_state),
    polled as (
      select (polled_at at time zone 'UTC')::date as day, count(*) from poll, sealed where polled_at < sealed_to group by 1),
    counted as (select day, sum(polls) as count from uptime_day group by 1)
  select coalesce(sum(abs(coalesce(polled.count, 0) - coalesce(counted.count, 0))), 0)
  from polled full join counted using (day)`;

async function loadSent(client: Client, ledger: Ledger): Promise<void> {
  await client.query(
    `create temp view there as
     select external_id as store, polled_at, active from poll join store on store.id = store_id`,
  );
  await client.query(
    'create temp table sent (store text collate "C", polled_at timestamptz(3), active boolean, acknowledged boolean)',
  );
  for (let first = 0; first < ledger.batches.length; first += BATCHES_PER_INSERT) {
    const polls = ledger.batches
      .slice(first, first + BATCHES_PER_INSERT)
      .flatMap((batch) => pollsOf(batch).map((poll) => ({ ...poll, isAcknowledged: batch.isAcknowledged })));
    await client.query(
      `insert into sent select store, to_timestamp(at_s), active, acknowledged
       from unnest($1::text[], $2::bigint[], $3::boolean[], $4::boolean[]) as polls (store, at_s, active, acknowledged)`,
      [
        polls.map(({ storeId }) => storeId),
        polls.map(({ atMs }) => atMs / 1000),
        polls.map(({ active }) => active),
        polls.map(({ isAcknowledged }) => isAcknowledged),
      ],
    );
  }
  await client.query('analyze sent');
}

async function countMissing(client: Client, reportIds: readonly string[]): Promise<number> {
  return count(
    client,
    `select count(*) from unnest($1::uuid[]) as acknowledged (id) left join report using (id) where status is null`,
    [reportIds],
  );
}

async function countBroken(client: Client, storage: string): Promise<number> {
  const { rows } = await client.query<{ key: string; size: number; format: Format; stores: number }>(
    `select storage_key as key, size_bytes::integer as size, format, stores_total as stores
     from report where status = 'Complete'`,
  );
  let broken = 0;
  for (const { key, size, format, stores } of rows) {
    const text = await readFile(join(storage, key), 'utf8').catch(() => '');
    if (Buffer.byteLength(text) !== size || !isWhole(text, format, stores)) broken++;
  }
  return broken;
}

async function count(client: Client, sql: string, values: unknown[] = []): Promise<number> {
  const { rows } = await client.query<Record<string, string>>(sql, values);
  return Number(Object.values(rows[0])[0]);
}

/** Every file below a folder, with relative paths. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
