import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PoolClient } from 'pg';
import type { Calendar } from '../../libs/calendar/calendar.js';
import { inSnapshot, inTransaction } from '../../src/platform/database/transaction.js';
import { ALL_STORES } from '../../src/platform/database/store-set.js';
import { readCalendars } from '../../src/features/timezones/calendar-rows.js';
import { type Program, openProgram } from './program.js';

/** Two processes share a database. Each caches calendars, and either may change them. */
let one: Program;
let other: Program;
beforeAll(async () => {
  one = await openProgram();
  other = await openProgram({}, one);
  await one.load('business_hours', hours('a,0,09:00:00,17:00:00')); // the first store
});
afterAll(async () => {
  await other.close();
  await one.close();
});

const hours = (...rows: string[]): string => `store_id,day,start_time_local,end_time_local\n${rows.join('\n')}\n`;

const kept = ({ timezones }: Program, client: PoolClient): Promise<Map<number, Calendar>> =>
  timezones.calendars(client, ALL_STORES);

/**
 * What both processes return, and what the tables hold. Each was asked before, so the answers may come from the cache.
 */
async function calendars(): Promise<Map<number, Calendar>> {
  return inSnapshot(one.database.pool, async (client) => {
    const tables = await readCalendars(client, ALL_STORES);
    for (const program of [one, other, one, other]) expect(await kept(program, client)).toEqual(tables);
    return tables;
  });
}
const weekly = async (place: number): Promise<unknown[]> => [...(await calendars()).values()][place].weekly.slice();

/** Records the statements of `work`. @param before is called before each statement with the number of earlier ones */
async function statementsOf(
  client: PoolClient,
  work: () => Promise<unknown>,
  before: (count: number) => Promise<void> = async () => {},
): Promise<string[]> {
  const statements: string[] = [];
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const watched = async (...args: [string | { text: string }, ...unknown[]]): Promise<unknown> => {
    await before(statements.length);
    statements.push(typeof args[0] === 'string' ? args[0] : args[0].text);
    return query(...args);
  };
  // COPY returns a stream, not a promise.
  const ask = (...args: Parameters<typeof watched>): unknown =>
    typeof args[0] === 'object' && 'submit' in args[0] ? query(...args) : watched(...args);
  Object.assign(client, { query: ask });
  await work().finally(() => Reflect.deleteProperty(client, 'query'));
  return statements;
}

describe('cached calendars', () => {
  it('match the tables after every change by either process', async () => {
    const changes: [string, () => Promise<unknown>][] = [
      ['new hours', () => one.load('business_hours', hours('a,0,09:00:00,17:00:00', 'b,1,09:00:00,17:00:00'))],
      ['other hours', () => one.load('business_hours', hours('a,0,10:00:00,17:00:00'))],
      ['fewer hours', () => one.load('business_hours', hours('b,2,09:00:00,17:00:00'))],
      [
        'a special day',
        () => one.load('special_hours', 'store_id,date,start_time_local,end_time_local\na,2026-10-05,,\n'),
      ],
      ['a zone', () => one.timezones.setTimezone('a', 'Asia/Tokyo')],
      // The store is always open, so the zone changes no opening.
      ['the zone of a store without hours', () => one.timezones.setTimezone('c', 'Asia/Tokyo')],
      ['a life', () => one.load('store_life', 'store_id,opened_on,closed_on\na,2026-01-01,\n')],
      [
        'a store that polls bring',
        () => one.polls.ingest([{ storeId: 'd', active: true, polledAtMs: Date.UTC(2026, 9, 5) }]),
      ],
      ['a zone that is taken away', () => one.timezones.removeTimezone('c')],
    ];
    for (const [what, change] of changes) {
      const before = await calendars();
      await change();
      expect([what, await calendars()]).not.toEqual([what, before]);
    }
  });

  it('are read once', async () => {
    await one.load('business_hours', hours('e,0,09:00:00,17:00:00'));
    await calendars();
    const statements = await inSnapshot(one.database.pool, (client) => statementsOf(client, () => kept(one, client)));
    expect(statements).toEqual([expect.stringContaining('calendar_state'), expect.stringContaining('from store')]);
  });

  it('match the snapshot of a reader, even if others have read newer ones meanwhile', async () => {
    await one.load('business_hours', hours('a,0,09:00:00,17:00:00'));
    const nine = await weekly(0);
    await inSnapshot(one.database.pool, async (early) => {
      await early.query('select 1'); // takes the snapshot
      await one.load('business_hours', hours('a,0,08:00:00,17:00:00'));
      expect(await weekly(0)).not.toEqual(nine);
      for (const program of [one, other]) {
        expect([...(await kept(program, early)).values()][0].weekly).toEqual(nine);
      }
      expect(await weekly(0)).not.toEqual(nine);
    });
  });

  it('are not cached when a change arrives during the read', async () => {
    await one.load('business_hours', hours('a,0,07:00:00,17:00:00'));
    const seven = await weekly(0);
    const third = await openProgram({}, one);
    try {
      await inSnapshot(one.database.pool, async (early) => {
        await early.query('select 1');
        await inTransaction(third.database.pool, async (client) => {
          const changing = async (count: number): Promise<void> => {
            // after the version and the stores
            if (count === 2) await one.load('business_hours', hours('a,0,06:00:00,17:00:00'));
          };
          await statementsOf(client, () => kept(third, client), changing);
        });
        expect([...(await kept(third, early)).values()][0].weekly).toEqual(seven);
      });
    } finally {
      await third.close();
    }
    expect(await weekly(0)).not.toEqual(seven);
  });
});
