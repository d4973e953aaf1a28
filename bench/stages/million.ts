import { openHome } from '#bench/home.js';
import { generate } from '#bench/sample.js';
import type { Scope } from '#bench/scope.js';
import { Server } from '#bench/server.js';

const SEED = 1;
/** What the page requests when it is opened, without its event stream, which sends the summary. */
const PAGE = ['/v1/fleet/summary', '/v1/fleet/heatmap?page_size=10', '/v1/outages?page_size=10', '/v1/fleet/heatmap'];

/** Seconds, and the server's peak memory up to then. */
export interface Step {
  readonly seconds: number;
  readonly peakMb: number;
}

export interface Million {
  readonly stores: number;
  readonly polls: number;
  readonly load: Step;
  readonly rollup: Step;
  readonly report: Step;
  /** Opened for the first time, and once more. */
  readonly page: Step;
  readonly pageAgain: Step;
  readonly databaseBytes: number;
}

/** A poll an hour of one day, of a million stores. */
export async function million(scope: Scope, stores: number, say: (stage: string) => void): Promise<Million> {
  say(`million: generate ${stores} stores`);
  const sample = await generate(scope, 'million', { stores, days: 1 }, SEED);
  const home = await openHome(scope, 'million-home');
  const server = await Server.start(scope, home.path);
  const step = async (what: string, seconds: () => Promise<number>): Promise<Step> => {
    say(`million: ${what}`);
    return { seconds: await seconds(), peakMb: (await server.ask('look')).peakMb };
  };
  const open = async (): Promise<number> => {
    let seconds = 0;
    for (const path of PAGE) seconds += await server.get(path);
    return seconds;
  };
  const result = {
    stores,
    polls: sample.polls,
    load: await step('load', async () => {
      const calendars = await server.ask('load', sample.calendarsDir);
      return calendars.seconds + (await server.ask('load', sample.pollsDir)).seconds;
    }),
    rollup: await step('rollups', async () => (await server.ask('rollup')).seconds),
    report: await step('report', async () => (await server.report()).seconds),
    page: await step('page', open),
    pageAgain: await step('page again', open),
    databaseBytes: await home.floors.databaseBytes(),
  };
  await server.stop();
  await home.close();
  return result;
}
