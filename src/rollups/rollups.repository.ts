import type { Pool, PoolClient } from 'pg';
import { HOUR_MS, floorToHour, formatInstant } from '#libs/instant/instant.js';
import type { HourRows } from '#libs/uptime/hour-rows.js';
import { BinaryCopyWriter, readBinary } from '../database/binary-copy.js';
import { Lock } from '../database/locks.js';
import { epochMs, timestampText } from '../database/sql.js';
import { inTransaction } from '../database/transaction.js';

/** Stores in a block: enough that a transaction is worth its cost, few enough that it is short. */
export const STORES_PER_BLOCK = 1_000;

/** Hours `[fromMs, toMs)` of one store that have to be computed. */
export interface StoreHours {
  readonly storeId: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The stretch of time that all of them lie in. */
export function extentOf(hours: readonly StoreHours[]): { fromMs: number; toMs: number } {
  return hours.reduce(
    (extent, h) => ({ fromMs: Math.min(extent.fromMs, h.fromMs), toMs: Math.max(extent.toMs, h.toMs) }),
    { fromMs: Infinity, toMs: -Infinity },
  );
}

/** Fewer stretches than this are not worth a query of their own. */
const MIN_BAND = 3;

/**
 * Whether stretches are all the same, of most of the stores between the first and the last: as are the hours that were
 * sealed since their block was rolled.
 */
export const isBand = (hours: readonly StoreHours[]): boolean =>
  hours.length >= MIN_BAND &&
  hours.length * 2 > hours.at(-1)!.storeId - hours[0].storeId &&
  hours.every(({ fromMs, toMs }) => fromMs === hours[0].fromMs && toMs === hours[0].toMs);

/** One walk along the primary keys, in place of a look-up for each store: a third of the time for a first roll-up. */
async function readBand(
  client: PoolClient,
  hours: readonly StoreHours[],
  onPoll: (stretch: number, polledAtMs: number, active: boolean) => void,
): Promise<void> {
  const [{ storeId: firstId, fromMs, toMs }, { storeId: lastId }] = [hours[0], hours.at(-1)!];
  let stretch = 0;
  await readBinary(
    client,
    `select store_id, polled_at, active from status_poll
     where store_id between ${firstId} and ${lastId}
       and polled_at >= '${formatInstant(fromMs)}' and polled_at < '${formatInstant(toMs)}'
     union all
     select store_id, last_polled_at, last_active from uptime_hour
     where store_id between ${firstId} and ${lastId} and hour = '${formatInstant(fromMs - HOUR_MS)}'
     order by 1, 2`,
    (row) => {
      const storeId = row.int32();
      while (hours[stretch].storeId < storeId) stretch++;
      if (hours[stretch].storeId === storeId) onPoll(stretch, row.timestamp(), row.boolean());
    },
  );
}

/** The home of uptime_hour, rollup_due, rollup_state and rollup_block. */
export class RollupsRepository {
  constructor(private readonly pool: Pool) {}

  /**
   * Seals the hours before `toMs`: from now on polls in them count as late. Waits for writers that have not seen it.
   * @returns how far the hours are sealed now; null while there is nothing to seal
   */
  async seal(toMs: number, pollValidForMs: number): Promise<number | null> {
    const before = await this.state(this.pool);
    if (before.sealedToMs !== null && before.sealedToMs >= toMs && before.pollValidForMs === pollValidForMs) {
      return before.sealedToMs;
    }
    return inTransaction(this.pool, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [Lock.seal]);
      const { pollValidForMs: validForMs } = await this.state(client);
      // Other validity, other numbers, in every hour there is.
      if (validForMs !== null && validForMs !== pollValidForMs)
        await client.query('update rollup_block set rolled_to = null');
      const { rows } = await client.query(
        `update rollup_state set sealed_to = greatest(sealed_to, $1), poll_valid_for_ms = $2
         returning ${epochMs('sealed_to')} as sealed_to`,
        [formatInstant(toMs), pollValidForMs],
      );
      return rows[0].sealed_to;
    });
  }

  async state(on: Pool | PoolClient): Promise<{ sealedToMs: number | null; pollValidForMs: number | null }> {
    const { rows } = await on.query(`select ${epochMs('sealed_to')} as sealed_to, poll_valid_for_ms from rollup_state`);
    return { sealedToMs: rows[0].sealed_to, pollValidForMs: rows[0].poll_valid_for_ms };
  }

  /** Folds the marks that writers left into one, so that reading the extent stays cheap. */
  async foldExtent(): Promise<void> {
    await this.pool.query(
      `with folded as (delete from poll_extent returning earliest, latest)
       insert into poll_extent (earliest, latest) select min(earliest), max(latest) from folded having count(*) > 0`,
    );
  }

  /** Blocks with hours to compute, in order. */
  async blocksToRoll(): Promise<number[]> {
    await this.pool.query(
      `insert into rollup_block (block)
       select generate_series(0, (select max(id) from store) / $1::integer) on conflict (block) do nothing`,
      [STORES_PER_BLOCK],
    );
    const { rows: behind } = await this.pool.query(
      `select block from rollup_block, rollup_state where rolled_to is null or rolled_to < sealed_to`,
    );
    const { rows: due } = await this.pool.query('select distinct store_id / $1::integer as block from rollup_due', [
      STORES_PER_BLOCK,
    ]);
    return [...new Set([...behind, ...due].map((row) => row.block as number))].sort((a, b) => a - b);
  }

  /**
   * Locks a block until the transaction ends.
   * @param wait false: give up at once when somebody else has it
   * @returns how far it is rolled (null: not at all), or undefined when somebody else has it
   */
  async lockBlock(
    client: PoolClient,
    block: number,
    wait: boolean,
  ): Promise<{ rolledToMs: number | null } | undefined> {
    const { rows } = await client.query(
      `select ${epochMs('rolled_to')} as rolled_to from rollup_block where block = $1
       for update ${wait ? '' : 'skip locked'}`,
      [block],
    );
    return rows[0] && { rolledToMs: rows[0].rolled_to };
  }

  async setRolledTo(client: PoolClient, block: number, rolledToMs: number): Promise<void> {
    await client.query('update rollup_block set rolled_to = $2 where block = $1', [block, formatInstant(rolledToMs)]);
  }

  /**
   * Takes what is due in a block; it is gone when the transaction commits. Hours of a change of calendar may begin at
   * -Infinity, and any may end at Infinity.
   */
  async takeDue(client: PoolClient, block: number): Promise<StoreHours[]> {
    const { rows } = await client.query(
      `delete from rollup_due where store_id >= $1 and store_id < $2
       returning store_id, ${epochMs('from_at')} as from_ms, ${epochMs('to_at')} as to_ms, until_next_poll`,
      [block * STORES_PER_BLOCK, (block + 1) * STORES_PER_BLOCK],
    );
    const ofPolls = rows.filter((row) => row.until_next_poll);
    const { rows: next } = await client.query(
      `select due.store_id, due.from_ms::float8, ${epochMs('min(polled_at)')} as next_poll_ms
       from unnest($1::integer[], $2::bigint[], $3::bigint[]) as due (store_id, from_ms, to_ms)
       left join status_poll on status_poll.store_id = due.store_id
         and status_poll.polled_at > timestamptz 'epoch' + due.to_ms * interval '1 ms'
       group by due.store_id, due.from_ms, due.to_ms`,
      [ofPolls.map((row) => row.store_id), ofPolls.map((row) => row.from_ms), ofPolls.map((row) => row.to_ms)],
    );
    const due = (row: { store_id: number; from_ms: number }, endMs: number): StoreHours => ({
      storeId: row.store_id,
      fromMs: floorToHour(row.from_ms),
      toMs: floorToHour(endMs + HOUR_MS - 1),
    });
    return [
      ...rows.filter((row) => !row.until_next_poll).map((row) => due(row, row.to_ms)),
      ...next.map((row) => due(row, row.next_poll_ms ?? Infinity)),
    ];
  }

  /** Stores with hours before `toMs` that are due, or in a block that is not rolled up that far yet. */
  async staleStores(client: PoolClient, toMs: number, ids?: readonly number[]): Promise<number[]> {
    const { rows } = await client.query(
      `select store.id from store left join rollup_block on block = store.id / $2::integer
       where ($3::integer[] is null or store.id = any($3::integer[]))
         and ($1::timestamptz = '-infinity' or rolled_to is null or rolled_to < $1::timestamptz
           or store.id in (select store_id from rollup_due where from_at < $1::timestamptz))`,
      [timestampText(toMs), STORES_PER_BLOCK, ids ?? null],
    );
    return rows.map((row) => row.id as number);
  }

  /** The hour of the first poll of all, as `client`'s transaction sees it: no store has rows before it. */
  async firstHourMs(client: PoolClient): Promise<number> {
    const { rows } = await client.query(`select ${epochMs('min(earliest)')} as earliest from poll_extent`);
    return floorToHour(rows[0].earliest ?? Infinity);
  }

  /**
   * The polls of the given stretches of hours, and before them the poll whose status is carried into each.
   * @param onPoll called with the index of the stretch; ascending by it and then by time
   */
  async readPolls(
    client: PoolClient,
    hours: readonly StoreHours[],
    onPoll: (stretch: number, polledAtMs: number, active: boolean) => void,
  ): Promise<void> {
    if (isBand(hours)) return readBand(client, hours, onPoll);
    const { fromMs, toMs } = extentOf(hours);
    const values = hours.map(
      (h, index) =>
        `(${index},${h.storeId},timestamptz '${formatInstant(h.fromMs)}',timestamptz '${formatInstant(h.toMs)}')`,
    );
    // The constant bounds say which partitions can be left out.
    await readBinary(
      client,
      `with wanted (stretch, store_id, from_at, to_at) as (values ${values.join(',')})
       select stretch, polled_at, active
       from wanted join status_poll on status_poll.store_id = wanted.store_id
         and polled_at >= from_at and polled_at < to_at
       where polled_at >= '${formatInstant(fromMs)}' and polled_at < '${formatInstant(toMs)}'
       union all
       select stretch, last_polled_at, last_active
       from wanted join uptime_hour on uptime_hour.store_id = wanted.store_id and hour = from_at - interval '1 hour'
       where hour >= '${formatInstant(fromMs - HOUR_MS)}' and hour < '${formatInstant(toMs)}'
       order by 1, 2`,
      (row) => onPoll(row.int32(), row.timestamp(), row.boolean()),
    );
  }

  async deleteHours(client: PoolClient, hours: readonly StoreHours[]): Promise<void> {
    await client.query(
      `delete from uptime_hour
       using unnest($1::integer[], $2::timestamptz[], $3::timestamptz[]) as gone (store_id, from_at, to_at)
       where uptime_hour.store_id = gone.store_id and hour >= from_at and hour < to_at and hour >= $4 and hour < $5`,
      [
        hours.map((h) => h.storeId),
        hours.map((h) => formatInstant(h.fromMs)),
        hours.map((h) => formatInstant(h.toMs)),
        formatInstant(extentOf(hours).fromMs),
        formatInstant(extentOf(hours).toMs),
      ],
    );
  }

  /** Writes the rows that `rowsOf` computes, store by store. @returns how many */
  async writeHours(client: PoolClient, computed: Iterable<{ storeId: number; rows: HourRows }>): Promise<number> {
    const writer = new BinaryCopyWriter(
      client,
      `uptime_hour (store_id, hour, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls, last_polled_at, last_active)`,
    );
    let written = 0;
    for (const { storeId, rows } of computed) {
      for (let i = 0; i < rows.count; i++) {
        writer.row(10);
        writer.int32(storeId);
        writer.timestamp(rows.firstHourMs + i * HOUR_MS);
        writer.int32(rows.openMs[i]);
        writer.int32(rows.upMs[i]);
        writer.int32(rows.downMs[i]);
        writer.int32(rows.carriedUpMs[i]);
        writer.int32(rows.carriedDownMs[i]);
        writer.int32(rows.polls[i]);
        writer.timestamp(rows.lastPolledAtMs[i]);
        writer.boolean(rows.lastActive[i] === 1);
        if (writer.isFull) await writer.flush();
      }
      written += rows.count;
    }
    await writer.end();
    return written;
  }
}
