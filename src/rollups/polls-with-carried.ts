import type { PoolClient } from 'pg';
import { HOUR_MS, formatInstant } from '#libs/instant/instant.js';
import { type Interval, unite } from '#libs/intervals/intervals.js';
import { NO_POLLS, type PollColumns } from '#libs/uptime/stretches.js';
import { readBinary } from '../database/binary-copy.js';

/**
 * Reads the polls of stretches of time together with the poll whose status is carried into each, which is what every
 * computation from polls begins with. Stores are database ids.
 */

/** Stores' polls, ascending in time. */
export type PollsOfStores = ReadonlyMap<number, PollColumns>;

/**
 * For stores whose rollups are current: a look at one hour row gives what is carried.
 * @param stretches each begins on an hour, at which hours are sealed
 * @param ids       only these stores; undefined: all
 */
export async function readFromRollups(
  client: PoolClient,
  stretches: readonly Interval[],
  ids?: readonly number[],
): Promise<PollsOfStores> {
  const united = unite(stretches);
  if (united.length === 0) return new Map();
  const inside = united.map(
    (s) => `(polled_at >= '${formatInstant(s.startMs)}' and polled_at < '${formatInstant(s.endMs)}')`,
  );
  const before = united.map(({ startMs }) => `'${formatInstant(startMs - HOUR_MS)}'`);
  return readColumns(
    client,
    `select store_id, polled_at, active from status_poll where (${inside.join(' or ')}) ${onlyThese(ids)}
     union all
     select store_id, last_polled_at, last_active from uptime_hour
     where hour in (${before.join(', ')}) ${onlyThese(ids)}
     order by 1, 2`,
  );
}

/** For stores whose rollups are not current: the polls alone, looking back as far as it takes. Every id has an entry. */
export async function readFromPolls(
  client: PoolClient,
  fromMs: number,
  toMs: number,
  ids: readonly number[],
): Promise<PollsOfStores> {
  if (ids.length === 0) return new Map();
  const [from, to] = [formatInstant(fromMs), formatInstant(toMs)];
  const columns = await readColumns(
    client,
    `(select distinct on (store_id) store_id, polled_at, active from status_poll
      where polled_at < '${from}' ${onlyThese(ids)}
      order by store_id, polled_at desc)
     union all
     select store_id, polled_at, active from status_poll
     where polled_at >= '${from}' and polled_at < '${to}' ${onlyThese(ids)}
     order by 1, 2`,
  );
  return new Map(ids.map((id) => [id, columns.get(id) ?? NO_POLLS]));
}

/** COPY takes no parameters; ids are numbers, so they can stand in the text. */
export const onlyThese = (ids: readonly number[] | undefined): string =>
  ids === undefined ? '' : `and store_id = any('{${ids.join(',')}}'::integer[])`;

/**
 * The rows of `query`, store_id, polled_at and active ordered by the first two, as columns a store. The same poll read
 * twice counts once.
 */
export async function readColumns(client: PoolClient, query: string): Promise<Map<number, PollColumns>> {
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
