import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { repeat, secondsOf } from '#bench/statistics.js';

/** What PostgreSQL alone needs for the same work, on the same server at the same time. */
export class Floors {
  readonly client: Client;
  private readonly file: string;

  private constructor(client: Client, file: string) {
    this.client = client;
    this.file = file;
  }

  /** @param file a place for a dump of a table */
  static async connect(url: string, file: string): Promise<Floors> {
    const client = new Client({ connectionString: url, application_name: 'bench' });
    await client.connect();
    return new Floors(client, file);
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  /** So that no measurement pays for what the one before has written. */
  async settle(): Promise<void> {
    await this.client.query('checkpoint');
  }

  /**
   * Seconds of a binary COPY of all rows of a partitioned table, in the order of its key, into an empty one that is made
   * alike: same columns, partitions, keys and durability.
   */
  async copy(table: 'status_poll' | 'uptime_hour', order: string, times: number): Promise<number[]> {
    if (times === 0) return [];
    const { client, file } = this;
    const dump = client.query(copyTo(`copy (select * from ${table} order by ${order}) to stdout (format binary)`));
    await pipeline(dump, createWriteStream(file));
    try {
      return await repeat(times, async () => {
        await this.makeAlike(table);
        await this.settle();
        const seconds = await secondsOf(() =>
          pipeline(
            createReadStream(file, { highWaterMark: 256 * 1024 }),
            client.query(copyFrom(`copy bench_floor.${table} from stdin (format binary)`)),
          ),
        );
        return seconds;
      });
    } finally {
      await client.query('drop schema if exists bench_floor cascade');
      await rm(file, { force: true });
    }
  }

  /** In a transaction of its own: COPY into a table of the same transaction would write no WAL, and ours does. */
  private async makeAlike(table: string): Promise<void> {
    const { client } = this;
    const { rows: partitions } = await client.query<{ name: string; bounds: string }>(
      `select relname as name, pg_get_expr(relpartbound, oid) as bounds from pg_class
       where oid in (select inhrelid from pg_inherits where inhparent = '${table}'::regclass)`,
    );
    const { rows } = await client.query<{ by: string }>(`select pg_get_partkeydef('${table}'::regclass) as by`);
    await client.query('drop schema if exists bench_floor cascade');
    await client.query('create schema bench_floor');
    await client.query(
      `create table bench_floor.${table} (like public.${table} including all) partition by ${rows[0].by}`,
    );
    for (const { name, bounds } of partitions) {
      await client.query(`create table bench_floor.${name} partition of bench_floor.${table} ${bounds}`);
    }
  }

  /** Seconds of one SQL sum over the last week's hour rows per store, fetched. */
  async weekSum(): Promise<number> {
    const { rows } = await this.client.query<{ sealed_to: Date }>('select sealed_to from rollup_state');
    const sealedTo = `timestamptz '${rows[0].sealed_to.toISOString()}'`;
    return secondsOf(() =>
      this.client.query(
        `select store_id, sum(open_ms), sum(up_ms), sum(down_ms), sum(carried_up_ms), sum(carried_down_ms)
         from uptime_hour
         where hour >= ${sealedTo} - interval '168 hours' and hour < ${sealedTo}
         group by store_id`,
      ),
    );
  }

  async count(table: string): Promise<number> {
    const { rows } = await this.client.query<{ count: string }>(`select count(*) from ${table}`);
    return Number(rows[0].count);
  }

  /** The stores that have been polled, and the latest poll. */
  async stores(): Promise<{ ids: string[]; latestMs: number }> {
    const { rows: stores } = await this.client.query<{ external_id: string }>('select external_id from store');
    const { rows } = await this.client.query<{ latest: Date }>('select max(latest) as latest from poll_extent');
    return { ids: stores.map((store) => store.external_id), latestMs: rows[0].latest.getTime() };
  }
}
