import { CLI } from '#bench/dist.js';
import { openHome } from '#bench/home.js';
import { run } from '#bench/run.js';
import { type Poll, writePolls } from '#bench/sample.js';
import type { Scope } from '#bench/scope.js';
import { Server } from '#bench/server.js';
import { median, repeat } from '#bench/statistics.js';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 9, 1);
/** Maximum delay of a poll; each poll has a different one. */
const LATENESS_MS = 20_000;
const TIMES = 5;
const STORE = 'every-second';

export interface Dense {
  /** Two million polls of a thousand stores. */
  readonly fiveMinutes: { readonly polls: number; readonly bytes: number };
  /** A month of one store. Times in seconds; medians for requests and commands. */
  readonly second: {
    readonly polls: number;
    readonly load: number;
    readonly rollup: number;
    readonly bytes: number;
    readonly report: number;
    /** The first page of one week. */
    readonly timeline: number;
    /** The complete command, including the start of the process. */
    readonly explain: number;
    /** The part of it that every command needs to start and connect to the database. */
    readonly command: number;
    readonly peakMb: number;
  };
}

/** Polls more frequent than once an hour: their size on disk, and a store with very many polls. */
export async function dense(scope: Scope, say: (stage: string) => void): Promise<Dense> {
  return { fiveMinutes: await fiveMinutes(scope, say), second: await second(scope, say) };
}

async function fiveMinutes(scope: Scope, say: (stage: string) => void): Promise<Dense['fiveMinutes']> {
  say('a poll every five minutes: 1,000 stores, 7 days');
  const stores = Array.from({ length: 1_000 }, (_, i) => `store-${i}`);
  const dir = await writePolls(scope, 'five-minutes', rounds(stores, 7 * DAY_MS, 300 * SECOND_MS, LATENESS_MS));
  const home = await openHome(scope, 'five-minutes-home');
  const server = await Server.start(scope, home.path);
  await server.ask('load', dir);
  const result = { polls: await home.floors.count('poll'), bytes: await home.floors.bytes('status_day') };
  await server.stop();
  await home.close();
  return result;
}

async function second(scope: Scope, say: (stage: string) => void): Promise<Dense['second']> {
  say('one store, a poll every second, 30 days');
  const dir = await writePolls(scope, 'second', rounds([STORE], 30 * DAY_MS, SECOND_MS, 0));
  const home = await openHome(scope, 'second-home');
  const server = await Server.start(scope, home.path);
  const load = await server.ask('load', dir);
  const rollup = await server.ask('rollup');
  const reports = await repeat(TIMES, async () => (await server.report()).seconds);
  const timelines = await repeat(TIMES, () => server.get(`/v1/stores/${STORE}/timeline`));
  const { peakMb } = await server.ask('look');
  const command = async (...args: string[]): Promise<number> =>
    median(await repeat(TIMES, async () => (await run(scope, CLI, args, home.path)).seconds));
  const result = {
    polls: await home.floors.count('poll'),
    bytes: await home.floors.bytes('status_day'),
    load: load.seconds,
    rollup: rollup.seconds,
    report: median(reports),
    timeline: median(timelines),
    explain: await command('explain', STORE),
    command: await command('migrate'),
    peakMb,
  };
  await server.stop();
  await home.close();
  return result;
}

/** One poll per store and round. Every tenth store is down in one round of seven. */
function* rounds(stores: readonly string[], lengthMs: number, everyMs: number, latenessMs: number): Generator<Poll> {
  for (let round = 0; round * everyMs < lengthMs; round++) {
    for (const [i, storeId] of stores.entries()) {
      const lateMs = latenessMs === 0 ? 0 : (round * 7_919 + i * 104_729) % latenessMs;
      yield { storeId, atMs: START_MS + round * everyMs + lateMs, active: i % 10 > 0 || round % 7 > 0 };
    }
  }
}
