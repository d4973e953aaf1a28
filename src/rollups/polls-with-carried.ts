import type { PoolClient } from 'pg';
import { HOUR_MS, floorToHour, formatInstant } from '#libs/instant/instant.js';
import { type Interval, unite } from '#libs/intervals/intervals.js';
import { readBinary } from '../database/binary-copy.js';
import { GatheredPolls, type PollsByKey } from './gathered-polls.js';

/**
 * Reads the polls of stretches of time together with the poll whose status is carried into each, which is what every
 * computation from polls begins with. Keys are database ids of stores; a store without such polls is missing.
 */

/**
 * For stores whose rollups are current up to `rowsReadTo` of the same stretches: a look at one hour row gives what is carried.
 * @param stretches  each begins on an hour, at which hours are sealed
 * @param sealedToMs how far hours are sealed
 * @param ids        only these stores; undefined: all
 */
export function readFromRollups(
  client: PoolClient,
  stretches: readonly Interval[],
  sealedToMs: number,
  ids?: readonly number[],
): Promise<PollsByKey> {
  const united = unite(stretches);
  if (united.length === 0) return Promise.resolve(new GatheredPolls());
  const hoursBefore = united.map(({ startMs }) => `'${formatInstant(startMs - HOUR_MS)}'`);
  const carried = `select store_id, last_polled_at, last_active from uptime_hour
     where hour in (${hoursBefore.join(', ')}) ${onlyThese(ids)}`;
  const inside = united.map((stretch) =>
    isPartOfSealedHour(stretch, sealedToMs) ? pollsOfHour(stretch, ids) : pollsOfTime(stretch, ids),
  );
  return readColumns(client, inOrder([carried, ...inside]));
}

/**
 * The rows of all queries, each of which gives store_id first. As a subquery, since Citus computes a union that is a query of its
 * own on the coordinator.
 */
const inOrder = (queries: readonly string[]): string =>
  `select * from (${queries.join('\nunion all\n')}) as polls order by 1, 2`;

/**
 * The end of the last hour whose rollup `readFromRollups` reads: the hour before each stretch, and for a stretch inside a sealed
 * hour that hour too. Polls of a store with something due before that end have to be read from polls.
 */
export const rowsReadTo = (stretches: readonly Interval[], sealedToMs: number): number => {
  const ends = unite(stretches).map((s) => (isPartOfSealedHour(s, sealedToMs) ? s.startMs + HOUR_MS : s.startMs));
  return Math.min(sealedToMs, Math.max(-Infinity, ...ends));
};

const isPartOfSealedHour = ({ startMs, endMs }: Interval, sealedToMs: number): boolean =>
  endMs <= startMs + HOUR_MS && startMs + HOUR_MS <= sealedToMs;

/** All of them are looked through: polls are kept by store and not by time. */
const pollsOfTime = ({ startMs, endMs }: Interval, ids?: readonly number[]): string =>
  `select store_id, polled_at, active from status_poll
   where polled_at >= '${formatInstant(startMs)}' and polled_at < '${formatInstant(endMs)}' ${onlyThese(ids)}`;

/**
 * By way of the rollup of the hour: it tells which stores were polled at all, and the only poll of most. Nothing else of
 * the week is looked through: for 14,000 stores all edges take 75 ms, where they took 190 to 260.
 */
function pollsOfHour({ startMs, endMs }: Interval, ids?: readonly number[]): string {
  const [from, to, hour] = [startMs, endMs, floorToHour(startMs)].map(formatInstant);
  return `select store_id, last_polled_at, last_active from uptime_hour
     where hour = '${hour}' and polls = 1 and last_polled_at >= '${from}' and last_polled_at < '${to}' ${onlyThese(ids)}
   union all
   select polled.store_id, polled_at, active
   from (select store_id from uptime_hour where hour = '${hour}' and polls > 1 ${onlyThese(ids)}) as polled
   join status_poll on status_poll.store_id = polled.store_id and polled_at >= '${from}' and polled_at < '${to}'`;
}

/** For stores whose rollups are not current: the polls alone, looking back as far as it takes. */
export function readFromPolls(
  client: PoolClient,
  fromMs: number,
  toMs: number,
  ids: readonly number[],
): Promise<PollsByKey> {
  if (ids.length === 0) return Promise.resolve(new GatheredPolls());
  const [from, to] = [formatInstant(fromMs), formatInstant(toMs)];
  return readColumns(
    client,
    inOrder([
      `(select distinct on (store_id) store_id, polled_at, active from status_poll
        where polled_at < '${from}' ${onlyThese(ids)}
        order by store_id, polled_at desc)`,
      `select store_id, polled_at, active from status_poll
       where polled_at >= '${from}' and polled_at < '${to}' ${onlyThese(ids)}`,
    ]),
  );
}

/** COPY takes no parameters; ids are numbers, so they can stand in the text. */
export const onlyThese = (ids: readonly number[] | undefined): string =>
  ids === undefined ? '' : `and store_id = any('{${ids.join(',')}}'::integer[])`;

/** The rows of `query`: a key, polled_at and active, ordered by the first two. The same poll read twice counts once. */
export async function readColumns(client: PoolClient, query: string): Promise<PollsByKey> {
  const polls = new GatheredPolls();
  await readBinary(client, query, (row) => polls.add(row.int32(), row.timestamp(), row.boolean()));
  return polls;
}
