import type { Floors } from '#bench/floors.js';
import { type Poll, type Sample, writePolls } from '#bench/sample.js';
import type { Scope } from '#bench/scope.js';
import type { Done, Server } from '#bench/server.js';
import { repeat, secondsOf } from '#bench/statistics.js';

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
const LATE_SHARE = 0.01;
/** One day of hourly polls. */
const LATE_POLLS = 24;

/** The timings of one server, from an empty database to late polls, in seconds. */
export interface History {
  readonly load: number;
  readonly reload: number;
  readonly rollup: Done;
  readonly reports: readonly number[];
  readonly ticks: readonly number[];
  /** Rollups after late polls, each with the time to ingest those polls. */
  readonly late: readonly { readonly rollup: Done; readonly load: number }[];
  readonly copyPolls: readonly number[];
  readonly copyHours: readonly number[];
  readonly weekSums: readonly number[];
  readonly pollRows: number;
  readonly hourRows: number;
  /** Size on disk after the roll-up, keys included. */
  readonly bytes: { readonly polls: number; readonly hours: number };
  /** The first report; the last report, and the folders of the polls added in between. */
  readonly firstCsv: string;
  readonly lastCsv: string;
  readonly added: readonly string[];
  /** Peak memory of the process after each step, in MB. It never decreases. */
  readonly peaks: Readonly<Record<'load' | 'reload' | 'rollups' | 'reports' | 'later', number>>;
}

export interface Repeats {
  readonly copies: number;
  readonly reports: number;
  readonly ticks: number;
}

interface Tools {
  readonly server: Server;
  readonly floors: Floors;
  readonly repeats: Repeats;
  readonly say: (stage: string) => void;
}

/** Loads a sample twice, rolls it up, makes reports, then adds some hours of polls and some late polls. */
export async function history(
  scope: Scope,
  name: string,
  sample: Sample,
  { server, floors, repeats, say }: Tools,
): Promise<History> {
  say(`${name}: load`);
  await server.ask('load', sample.calendarsDir);
  await floors.settle();
  const load = await server.ask('load', sample.pollsDir);
  const pollRows = await floors.count('poll');
  say(`${name}: floor of load, then reload`);
  const copyPolls = await floors.copyRows('polls', repeats.copies);
  await floors.settle();
  const reload = await server.ask('load', sample.pollsDir);
  if ((await floors.count('poll')) !== pollRows) throw new Error('loading a file again added polls');
  say(`${name}: rollups`);
  await floors.settle();
  const rollup = await server.ask('rollup');
  say(`${name}: floor of rollups, then reports`);
  const copyHours = await floors.copyRows('hours', repeats.copies);
  const hourRows = await floors.count('uptime_hour');
  const bytes = { polls: await floors.bytes('status_day'), hours: await floors.bytes('uptime_day') };
  // Autovacuum would do this a minute later anyway, possibly during a measurement.
  await floors.client.query('vacuum analyze');

  const [reports, weekSums]: number[][] = [[], []];
  let firstCsv = '';
  for (let round = 0; round < repeats.reports; round++) {
    weekSums.push(await floors.weekSum());
    const report = await server.report();
    reports.push(report.seconds);
    firstCsv ||= report.csv;
  }

  const { peakMb: afterReports } = await server.ask('look');

  say(`${name}: ticks and late polls`);
  const added: string[] = [];
  const ticks = await repeat(repeats.ticks, async (round) => {
    const dir = await writePolls(scope, `${name}-tick-${round}`, await nextHour(floors));
    added.push(dir);
    return secondsOf(async () => {
      await server.ask('load', dir);
      await server.report();
    });
  });
  const late = await repeat(repeats.ticks, async (round) => {
    const dir = await writePolls(scope, `${name}-late-${round}`, await weekLate(floors, round));
    added.push(dir);
    const { seconds } = await server.ask('load', dir);
    return { rollup: await server.ask('rollup'), load: seconds };
  });
  const { csv: lastCsv } = await server.report();
  const { peakMb: later } = await server.ask('look');
  return {
    load: load.seconds,
    reload: reload.seconds,
    rollup,
    reports,
    ticks,
    late,
    copyPolls,
    copyHours,
    weekSums,
    pollRows,
    hourRows,
    bytes,
    firstCsv,
    lastCsv,
    added,
    peaks: { load: load.peakMb, reload: reload.peakMb, rollups: rollup.peakMb, reports: afterReports, later },
  };
}

/** One poll of every store in the hour after the latest poll. */
async function nextHour(floors: Floors): Promise<Poll[]> {
  const { ids, latestMs } = await floors.stores();
  const fromMs = Math.ceil(latestMs / HOUR_MS) * HOUR_MS;
  return ids.map((storeId, i) => ({
    storeId,
    atMs: fromMs + Math.floor((i / ids.length) * HOUR_MS),
    active: i % 10 > 0,
  }));
}

/** A day of polls from a week ago for every hundredth store, different stores each round. */
async function weekLate(floors: Floors, round: number): Promise<Poll[]> {
  const { ids, latestMs } = await floors.stores();
  const step = Math.round(1 / LATE_SHARE);
  const late = ids.filter((_, i) => i % step === round);
  const fromMs = latestMs - WEEK_MS;
  return late.flatMap((storeId, i) =>
    Array.from({ length: LATE_POLLS }, (_, hour) => ({
      storeId,
      atMs: fromMs + hour * HOUR_MS + i * 17_351,
      active: hour % 5 > 0,
    })),
  );
}
