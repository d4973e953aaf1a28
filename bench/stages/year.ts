import { rm } from 'node:fs/promises';
import { openHome } from '#bench/home.js';
import { generate } from '#bench/sample.js';
import type { Scope } from '#bench/scope.js';
import { Server } from '#bench/server.js';
import { median, repeat } from '#bench/statistics.js';

const WEEKS = 52;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** The generator's default: a year that ends in the past and contains both DST changes. */
const END_MS = Date.UTC(2026, 10, 4);
const SEED = 1;
const REPORTS = 5;
const STORES = 20;

/** Response times: medians in seconds. */
export interface Asked {
  readonly report: number;
  /** For one day of one store, like `outages`. */
  readonly timeline: number;
  readonly outages: number;
}

export interface Year {
  readonly polls: number;
  readonly databaseBytes: number;
  /** Load time of each week, in seconds per poll. */
  readonly loads: readonly number[];
  /** Rollup time of each week, in seconds. */
  readonly rollups: readonly number[];
  /** For the first week, before other weeks were loaded. */
  readonly base: Asked;
  /** For the first week, one in the middle and the last, after all were loaded. */
  readonly asked: readonly Asked[];
  readonly peakMb: number;
}

/** Loads and rolls up a year of hourly polls week by week, then queries old and new days. */
export async function year(scope: Scope, stores: number, say: (stage: string) => void): Promise<Year> {
  const home = await openHome(scope, 'year-home');
  const server = await Server.start(scope, home.path);
  const { floors } = home;
  const [loads, rollups]: number[][] = [[], []];
  let polls = 0;
  let base: Asked | undefined;
  for (let week = 0; week < WEEKS; week++) {
    say(`year: week ${week + 1} of ${WEEKS}`);
    const sample = await generate(scope, `week-${week}`, { stores, days: 7 }, SEED, endOf(week));
    if (week === 0) await server.ask('load', sample.calendarsDir);
    await floors.settle();
    loads.push((await server.ask('load', sample.pollsDir)).seconds / sample.polls);
    rollups.push((await server.ask('rollup')).seconds);
    polls += sample.polls;
    for (const dir of [sample.dir, sample.calendarsDir, sample.pollsDir]) await rm(dir, { recursive: true });
    if (week === 0) {
      await floors.client.query('vacuum analyze');
      base = await ask(server, (await floors.stores()).ids, week);
    }
  }
  await floors.client.query('vacuum analyze');
  const { ids } = await floors.stores();
  const asked: Asked[] = [];
  for (const week of [0, WEEKS / 2, WEEKS - 1]) asked.push(await ask(server, ids, week));
  const { peakMb } = await server.ask('look');
  const databaseBytes = await floors.databaseBytes();
  await server.stop();
  await home.close();
  return { polls, databaseBytes, loads, rollups, base: base!, asked, peakMb };
}

const endOf = (week: number): number => END_MS - (WEEKS - 1 - week) * WEEK_MS;

async function ask(server: Server, ids: readonly string[], week: number): Promise<Asked> {
  const asOf = new Date(endOf(week)).toISOString();
  const day = `from=${new Date(endOf(week) - 2 * DAY_MS).toISOString()}&to=${new Date(endOf(week) - DAY_MS).toISOString()}`;
  const stores = ids.filter((_, i) => i % Math.ceil(ids.length / STORES) === 0);
  const ofStores = async (what: string): Promise<number> =>
    median(
      await repeat(stores.length, (i) => server.get(`/v1/stores/${encodeURIComponent(stores[i])}/${what}?${day}`)),
    );
  return {
    report: median(await repeat(REPORTS, async () => (await server.report(asOf)).seconds)),
    timeline: await ofStores('timeline'),
    outages: await ofStores('outages'),
  };
}
