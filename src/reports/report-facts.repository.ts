import type { Pool, PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import { HOUR_MS, floorToHour, formatInstant } from '#libs/instant/instant.js';
import type { Parts } from '#libs/uptime/parts.js';
import type { PollColumns } from '#libs/uptime/stretches.js';
import { readBinary } from '../database/binary-copy.js';
import { inTransaction } from '../database/transaction.js';
import { STORES_PER_BLOCK } from '../rollups/rollups.repository.js';
import type { RollupsService } from '../rollups/rollups.service.js';
import type { TimezonesService } from '../timezones/timezones.service.js';

/** What the database says of all stores at one moment, as far as a report needs it. Keys are database ids. */
export interface ReportFacts {
  /** In the order of the report. */
  readonly stores: readonly { id: number; storeId: string }[];
  readonly calendars: ReadonlyMap<number, Calendar>;
  /** Whole hours up to here come from rollups. */
  readonly rolledToMs: number;
  /** For each window, the sum of its rollups; a store that is missing has no row in it. */
  readonly sums: readonly ReadonlyMap<number, { readonly parts: Parts; readonly rows: number }>[];
  /** Polls at the windows' edges, as StoreEdges wants them. */
  readonly edges: ReadonlyMap<number, PollColumns>;
  /** Stores whose rollups are not current: all their polls of the longest window, and the one before it. */
  readonly stale: ReadonlyMap<number, PollColumns>;
}

/** Reads what a report is made from, in one snapshot. */
export class ReportFactsRepository {
  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
  ) {}

  /** @param startsMs where the windows begin; all end at as-of */
  read(asOfMs: number, startsMs: readonly number[]): Promise<ReportFacts> {
    return inTransaction(
      this.pool,
      async (client) => {
        const rolledToMs = Math.min(await this.rollups.sealedToMs(client), floorToHour(asOfMs));
        const staleIds = await readStale(client, rolledToMs);
        return {
          stores: await readStores(client),
          calendars: await this.timezones.calendars(client, 0, 2 ** 31 - 1),
          rolledToMs,
          sums: await inOrder(startsMs, (startMs) => readSums(client, floorToHour(startMs), rolledToMs)),
          edges: await readEdges(client, asOfMs, startsMs, rolledToMs),
          stale: await readAllPolls(client, staleIds, Math.min(...startsMs), asOfMs),
        };
      },
      'repeatable read, read only',
    );
  }
}

async function inOrder<T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await read(item));
  return results;
}

async function readStores(client: PoolClient): Promise<{ id: number; storeId: string }[]> {
  const { rows } = await client.query('select id, external_id as "storeId" from store order by external_id');
  return rows;
}

/** Stores with hours that are due, or in a block that is not rolled up that far yet. */
async function readStale(client: PoolClient, rolledToMs: number): Promise<number[]> {
  if (rolledToMs === -Infinity) return [];
  const rolledTo = formatInstant(rolledToMs);
  const { rows: due } = await client.query('select distinct store_id as id from rollup_due where from_at < $1', [
    rolledTo,
  ]);
  const { rows: behind } = await client.query(
    `select store.id from store left join rollup_block on block = store.id / $2::integer
     where rolled_to is null or rolled_to < $1`,
    [rolledTo, STORES_PER_BLOCK],
  );
  return [...new Set([...due, ...behind].map((row) => row.id as number))];
}

async function readSums(
  client: PoolClient,
  fromMs: number,
  toMs: number,
): Promise<Map<number, { parts: Parts; rows: number }>> {
  const sums = new Map<number, { parts: Parts; rows: number }>();
  if (fromMs >= toMs) return sums;
  await readBinary(
    client,
    `select store_id, sum(open_ms)::float8, sum(up_ms)::float8, sum(down_ms)::float8, sum(carried_up_ms)::float8,
       sum(carried_down_ms)::float8, count(*)::integer
     from uptime_hour where hour >= '${formatInstant(fromMs)}' and hour < '${formatInstant(toMs)}'
     group by store_id`,
    (row) => {
      const id = row.int32();
      const [openMs, upMs, downMs] = [row.float64(), row.float64(), row.float64()];
      const [carriedUpMs, carriedDownMs] = [row.float64(), row.float64()];
      const unknownMs = openMs - upMs - downMs - carriedUpMs - carriedDownMs;
      sums.set(id, { parts: { openMs, upMs, downMs, carriedUpMs, carriedDownMs, unknownMs }, rows: row.int32() });
    },
  );
  return sums;
}

async function readEdges(
  client: PoolClient,
  asOfMs: number,
  startsMs: readonly number[],
  rolledToMs: number,
): Promise<Map<number, PollColumns>> {
  const edges = startsMs
    .filter((startMs) => startMs < rolledToMs)
    .map((startMs) => ({ fromMs: floorToHour(startMs), toMs: startMs }));
  if (rolledToMs === -Infinity) edges.push({ fromMs: Math.min(...startsMs), toMs: asOfMs });
  else edges.push({ fromMs: rolledToMs, toMs: asOfMs });
  const inEdges = edges
    .map((e) => `(polled_at >= '${formatInstant(e.fromMs)}' and polled_at < '${formatInstant(e.toMs)}')`)
    .join(' or ');
  const before = edges.map((e) => `'${formatInstant(e.fromMs - HOUR_MS)}'`).join(', ');
  return readColumns(
    client,
    `select store_id, polled_at, active from status_poll where ${inEdges}
     union all
     select store_id, last_polled_at, last_active from uptime_hour where hour in (${before})
     order by 1, 2`,
  );
}

function readAllPolls(
  client: PoolClient,
  ids: readonly number[],
  fromMs: number,
  toMs: number,
): Promise<Map<number, PollColumns>> {
  if (ids.length === 0) return Promise.resolve(new Map());
  const wanted = `store_id = any('{${ids.join(',')}}'::integer[])`;
  return readColumns(
    client,
    `(select distinct on (store_id) store_id, polled_at, active from status_poll
      where ${wanted} and polled_at < '${formatInstant(fromMs)}'
      order by store_id, polled_at desc)
     union all
     select store_id, polled_at, active from status_poll
     where ${wanted} and polled_at >= '${formatInstant(fromMs)}' and polled_at < '${formatInstant(toMs)}'
     order by 1, 2`,
  );
}

/** Rows of store, time and status, in that order, as columns a store. The same poll read twice counts once. */
async function readColumns(client: PoolClient, query: string): Promise<Map<number, PollColumns>> {
  const columns = new Map<number, { polledAtMs: number[]; active: number[]; count: number }>();
  await readBinary(client, query, (row) => {
    const id = row.int32();
    const polledAtMs = row.timestamp();
    const active = row.boolean() ? 1 : 0;
    let polls = columns.get(id);
    if (!polls) columns.set(id, (polls = { polledAtMs: [], active: [], count: 0 }));
    if (polls.polledAtMs.at(-1) === polledAtMs) return;
    polls.polledAtMs.push(polledAtMs);
    polls.active.push(active);
    polls.count++;
  });
  return columns;
}
