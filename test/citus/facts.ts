import { expect } from '@jest/globals';
import { entriesOf } from '../../src/features/timelines/in-order.js';
import type { PollInput } from '../../src/features/polls/polls.service.js';
import type { Program } from '../program/program.js';

/** The data that the specs load on Citus and on plain PostgreSQL, and the results that they compare. */

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const START_MS = Date.UTC(2026, 9, 1);
export const STORES = 150;
export const DAYS = 12;

export const storeId = (store: number): string => `store-${String(store).padStart(3, '0')}`;
export const stores = Array.from({ length: STORES }, (_, store) => store);
/** An instant some days after the first poll, off the hour. */
export const at = (days: number): string => new Date(START_MS + days * DAY_MS + 1_234_567).toISOString();

const STATUS_HEADER = 'store_id,status,timestamp_utc';
const line = (store: number, ms: number, active: boolean): string =>
  `${storeId(store)},${active ? 'active' : 'inactive'},${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')} UTC`;

/**
 * A file of polls of every store, some more than one an hour, with different minutes for each store. `from` and `to` are
 * days.
 */
export function status(from: number, to: number, everyMs: number): string {
  const lines = [STATUS_HEADER];
  for (const store of stores) {
    for (let ms = START_MS + from * DAY_MS; ms < START_MS + to * DAY_MS; ms += everyMs) {
      lines.push(line(store, ms + ((store * 7_919) % 3_000) * 1_000, (ms / everyMs + store) % 5 !== 0));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A file of one poll. */
export const oneStatus = (store: number, ms: number, active: boolean): string =>
  `${STATUS_HEADER}\n${line(store, ms, active)}\n`;

/** Live polls of every store at one instant. */
export const livePolls = (polledAtMs: number): PollInput[] =>
  stores.map((store) => ({ storeId: storeId(store), active: (store + polledAtMs / 60_000) % 3 !== 0, polledAtMs }));

const zones = ['America/Chicago', 'America/New_York', 'Asia/Beirut'];

/** Calendars of all stores. */
export async function loadCalendars(program: Program): Promise<void> {
  const hours = stores.flatMap((store) => [0, 1, 2, 3, 4].map((day) => `${storeId(store)},${day},09:00:00,21:30:00`));
  await program.load('business_hours', `store_id,day,start_time_local,end_time_local\n${hours.join('\n')}\n`);
  const zoned = stores.map((store) => `${storeId(store)},${zones[store % zones.length]}`);
  await program.load('store_timezones', `store_id,timezone_str\n${zoned.join('\n')}\n`);
}

/** Calendars and the polls of the first days. */
export async function begin(program: Program): Promise<void> {
  await loadCalendars(program);
  await program.load('store_status', status(0, 5, HOUR_MS));
  await program.rollups.bringUpToDate();
}

/**
 * New weeks, live polls, rollups, late polls of few and of many stores, polls that override others, changed calendars.
 */
export async function next(program: Program): Promise<void> {
  const { polls } = program;
  await program.load('store_status', status(5, DAYS, HOUR_MS));
  await program.rollups.bringUpToDate();
  const live = livePolls(START_MS + DAYS * DAY_MS);
  await polls.ingest(live);
  await polls.ingest(live); // all duplicates
  await polls.ingest([{ storeId: storeId(1), active: false, polledAtMs: START_MS + 2 * DAY_MS + 60_000 }]);
  await program.load('store_status', status(3, 6, HOUR_MS / 2)); // More than a single INSERT takes; half of them are duplicates.
  await program.load('store_status', oneStatus(2, START_MS + 15_838_000, false));
  await program.load('store_timezones', `store_id,timezone_str\n${storeId(4)},Asia/Tokyo\n`);
  await program.rollups.bringUpToDate();
}

export interface Results {
  readonly reports: readonly string[];
  readonly rollups: readonly string[];
  readonly outages: string;
  readonly storeOutages: string;
  readonly timelines: readonly string[];
  readonly polls: readonly string[];
}

/** What users see, and the rows behind it. */
export async function resultsOf(program: Program): Promise<Results> {
  const ends = [at(1), at(4), at(DAYS)];
  const results = {
    reports: [
      await program.report(),
      await program.report({ asOf: at(6) }),
      await program.report({ basis: 'observed', stores: [storeId(1), storeId(2)] }),
      await program.report({ windows: [{ name: 'some', from: at(1), to: at(9) }], format: 'ndjson' }),
    ],
    outages: JSON.stringify(await program.recentOutages.page(50)),
    storeOutages: JSON.stringify(await program.timelines.outages(storeId(1), ends[0], ends[2])),
    timelines: [await timelineOf(program, 1, ends[0], ends[1]), await timelineOf(program, 4, ends[1], ends[2])],
    polls: await pollRows(program),
  };
  // Last: a report rolls up first.
  return { ...results, rollups: await program.rollupRows() };
}

export async function timelineOf(program: Program, store: number, from: string, to: string): Promise<string> {
  const timeline = await program.timelines.timeline(storeId(store), from, to);
  return JSON.stringify({ ...timeline, statuses: entriesOf(timeline.statuses), polls: entriesOf(timeline.polls) });
}

/** Every poll, one line each, ordered by store and time. */
export async function pollRows(program: Program): Promise<string[]> {
  const { rows } = await program.database.pool.query(
    `select concat_ws(' ', external_id, polled_at, active) as line from poll join store on store.id = store_id`,
  );
  return rows.map(({ line: text }: { line: string }) => text).sort();
}

const DIFFERENCES_SHOWN = 5;

/** Checks that two results are equal. A failure shows the first lines that differ: a whole one has a hundred thousand. */
export function expectSame(seen: Results, expected: Results): void {
  const lines = (results: Results): string[] =>
    Object.entries(results).flatMap(([name, texts]) =>
      [texts as string | readonly string[]]
        .flat()
        .flatMap((text) => text.split('\n'))
        .map((text) => `${name}: ${text}`),
    );
  const [found, wanted] = [lines(seen), lines(expected)];
  const [there, known] = [new Set(found), new Set(wanted)];
  const missing = wanted.filter((each) => !there.has(each));
  const extra = found.filter((each) => !known.has(each));
  expect({ missing: missing.slice(0, DIFFERENCES_SHOWN), extra: extra.slice(0, DIFFERENCES_SHOWN) }).toEqual({
    missing: [],
    extra: [],
  });
  // In the same order too.
  expect(found.join('\n') === wanted.join('\n')).toBe(true);
}
