import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DAY_MS } from '#libs/instant/instant.js';
import { ByteWriter, wholeOf } from '#libs/store-day/bytes.js';
import { HourDay, encodeHours } from '#libs/store-day/hour-day.js';
import { PollDay, encodePolls, instantOf, isActive } from '#libs/store-day/poll-day.js';
import { ensurePartitions } from '../../src/platform/database/partitions.js';
import { inTransaction } from '../../src/platform/database/transaction.js';
import { DAY, hoursOfDay, observationsOfDay, rowsOf } from '../reference/store-days.js';
import { type Program, openProgram } from './program.js';

const DAYS = 100;
const writer = new ByteWriter();
const written = (): Buffer => Buffer.from(writer.bytes.slice(0, writer.length));
const text = (ms: number): string => new Date(ms).toISOString();
const nameOf = (id: number): string => `store ${id}`;

let program: Program;

/** Inserts bytes as the days of stores 1 to DAYS. */
async function insert(table: 'status_day' | 'uptime_day', days: readonly Buffer[]): Promise<void> {
  await inTransaction(program.database.pool, async (client) => {
    await ensurePartitions(client, table, [DAY]);
    const [columns, values] =
      table === 'status_day'
        ? ['polls', 'bytes']
        : [
            'hours, last_polled_at, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls, hour_count, last_active',
            'bytes, now(), 0, 0, 0, 0, 0, 0, 0, true',
          ];
    await client.query(
      `insert into ${table} (store_id, day, ${columns})
       select place, $1, ${values} from unnest($2::bytea[]) with ordinality as days (bytes, place)`,
      [text(DAY).slice(0, 10), days],
    );
  });
}

beforeAll(async () => {
  program = await openProgram();
});
afterAll(() => program.close());

describe('the SQL views', () => {
  it('poll: returns the polls that libs/store-day reads', async () => {
    const days = fc.sample(observationsOfDay, DAYS).map((values) => {
      encodePolls(writer, DAY, values, 0, values.length);
      return written();
    });
    await insert('status_day', days);
    const { rows } = await program.database.pool.query(
      'select store_id, extract(epoch from polled_at)::float8 * 1000 as ms, active, day::text from poll order by store_id, polled_at',
    );
    const read = new PollDay();
    const expected = days.flatMap((bytes, place) => {
      read.read(wholeOf(bytes), DAY);
      return [...read.observations.subarray(0, read.count)].map((value) => ({
        store_id: place + 1,
        ms: instantOf(value),
        active: isActive(value),
        day: text(DAY).slice(0, 10),
      }));
    });
    expect(expected.length).toBeGreaterThan(DAYS);
    expect(rows).toEqual(expected);
  });

  it('poll: returns one row where the head overrides a day', async () => {
    const { pool } = program.database;
    encodePolls(writer, DAY - DAY_MS, [(DAY - DAY_MS + 5) * 2 + 1], 0, 1);
    await pool.query(`insert into status_day (store_id, day, polls) values (1, '2026-11-28', $1)`, [written()]);
    await pool.query(`insert into status_poll values (1, $1, false), (2, $1, true)`, [text(DAY - DAY_MS + 5)]);
    const { rows } = await pool.query(`select store_id, active from poll where day = '2026-11-28' order by store_id`);
    expect(rows).toEqual([
      { store_id: 1, active: false },
      { store_id: 2, active: true },
    ]);
  });

  it('uptime_hour: returns the hours that libs/store-day reads', async () => {
    const days = fc.sample(hoursOfDay, DAYS).map(({ first, hours }) => {
      encodeHours(writer, DAY, rowsOf(first, hours), 0, hours.length);
      return written();
    });
    await insert('uptime_day', days);
    const { rows } = await program.database.pool.query({
      text: `select store_id, extract(epoch from hour)::float8 * 1000, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls
        from uptime_hour order by store_id, hour`,
      rowMode: 'array',
    });
    const read = new HourDay();
    const expected = days.flatMap((bytes, place) => {
      read.read(wholeOf(bytes), DAY);
      return Array.from({ length: read.count }, (_, i) => [
        place + 1,
        read.firstHourMs + i * 3_600_000,
        ...[read.openMs, read.upMs, read.downMs, read.carriedUpMs, read.carriedDownMs, read.polls].map((of) => of[i]),
      ]);
    });
    expect(rows).toEqual(expected);
  });
});

describe('a corrupt day', () => {
  it.each([
    [
      'polls',
      'status_day',
      /The polls of store \d+ \(store\.id\) on 2026-11-10 are damaged: the checksum does not match/,
    ],
    [
      'hours',
      'uptime_day',
      /The hours of store \d+ \(store\.id\) on 2026-11-10 are damaged: the checksum does not match/,
    ],
  ])('is an error that names store and day, without a figure: %s', async (column, table, message) => {
    const own = await openProgram();
    try {
      const poll = (time: string): string => `${nameOf(7)},active,2026-11-10T${time}Z\n`;
      await own.load('store_status', `store_id,status,timestamp_utc\n${poll('10:05')}${poll('12:05')}${poll('14:20')}`);
      await own.rollups.bringUpToDate();
      await own.database.pool.query(
        `update ${table} set ${column} = set_byte(${column}, 3, get_byte(${column}, 3) # 1)`,
      );
      await expect(own.report()).rejects.toThrow(message);
    } finally {
      await own.close();
    }
  });
});
