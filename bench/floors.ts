import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { repeat, secondsOf } from '#bench/statistics.js';

const ROWS = {
  polls: {
    view: 'poll',
    columns: 'store_id integer not null, polled_at timestamptz(3) not null, active boolean not null',
    key: 'store_id, polled_at',
  },
  hours: {
    view: 'uptime_hour',
    columns:
      'store_id integer not null, hour timestamptz(3) not null, open_ms integer not null, up_ms integer not null, down_ms integer not null, carried_up_ms integer not null, carried_down_ms integer not null, polls integer not null',
    key: 'hour, store_id',
  },
} as const;

/** Floors: the time that PostgreSQL alone takes for the same work, on the same server and in the same run. */
export class Floors {
  readonly client: Client;
  private readonly file: string;

  private constructor(client: Client, file: string) {
    this.client = client;
    this.file = file;
  }

  /** @param file path for a dump of a table */
  static async connect(url: string, file: string): Promise<Floors> {
    const client = new Client({ connectionString: url, application_name: 'bench' });
    await client.connect();
    return new Floors(client, file);
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  /** Writes a checkpoint, so that no measurement pays for earlier writes. */
  async settle(): Promise<void> {
    await this.client.query('checkpoint');
  }

  /**
   * Seconds of a binary COPY of all polls or hours as rows, in key order, into an empty keyed table. This is the cost
   * of storing them as rows, independent of the layout that is measured.
   */
  async copyRows(what: keyof typeof ROWS, times: number): Promise<number[]> {
    if (times === 0) return [];
    const { client, file } = this;
    const { view, columns, key } = ROWS[what];
    const names = columns.replaceAll(/ (integer|timestamptz\(3\)|boolean) not null/g, '');
    const dump = client.query(copyTo(`copy (select ${names} from ${view} order by ${key}) to stdout (format binary)`));
    await pipeline(dump, createWriteStream(file));
    try {
      return await repeat(times, async () => {
        // Create the table in its own transaction. COPY into a table created in the same transaction writes no WAL, but
        // the COPY of Storewatch does.
        await client.query(`drop table if exists bench_floor`);
        await client.query(`create table bench_floor (${columns}, primary key (${key}))`);
        await this.settle();
        return secondsOf(() =>
          pipeline(
            createReadStream(file, { highWaterMark: 256 * 1024 }),
            client.query(copyFrom('copy bench_floor from stdin (format binary)')),
          ),
        );
      });
    } finally {
      await client.query('drop table if exists bench_floor');
      await rm(file, { force: true });
    }
  }

  /** Size of a table's partitions including keys, in bytes. */
  async bytes(table: 'status_day' | 'uptime_day'): Promise<number> {
    const { rows } = await this.client.query<{ bytes: string }>(
      'select sum(pg_total_relation_size(inhrelid)) as bytes from pg_inherits where inhparent = $1::regclass',
      [table],
    );
    return Number(rows[0].bytes);
  }

  /** Size of the whole database, in bytes. */
  async databaseBytes(): Promise<number> {
    const { rows } = await this.client.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
    return Number(rows[0].bytes);
  }

  /** Seconds to run one SQL sum per store over the last week's days and fetch the result. */
  async weekSum(): Promise<number> {
    const { rows } = await this.client.query<{ sealed_to: Date }>('select sealed_to from rollup_state');
    const sealedTo = `timestamptz '${rows[0].sealed_to.toISOString()}'`;
    return secondsOf(() =>
      this.client.query(
        `select store_id, sum(open_ms), sum(up_ms), sum(down_ms), sum(carried_up_ms), sum(carried_down_ms)
         from uptime_day where day >= (${sealedTo} - interval '168 hours')::date and day < ${sealedTo}::date
         group by store_id`,
      ),
    );
  }

  async count(table: string): Promise<number> {
    const { rows } = await this.client.query<{ count: string }>(`select count(*) from ${table}`);
    return Number(rows[0].count);
  }

  /** The ids of all stores, and the time of the latest poll. */
  async stores(): Promise<{ ids: string[]; latestMs: number }> {
    const { rows: stores } = await this.client.query<{ external_id: string }>('select external_id from store');
    const { rows } = await this.client.query<{ latest: Date }>('select max(latest) as latest from poll_extent');
    return { ids: stores.map((store) => store.external_id), latestMs: rows[0].latest.getTime() };
  }
}
