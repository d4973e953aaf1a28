import { link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mustAgree } from '#bench/agreement.js';
import { openHome } from '#bench/home.js';
import type { Row } from '#bench/rows.js';
import { type Sample, type Size, generate } from '#bench/sample.js';
import type { Scope } from '#bench/scope.js';
import { Server } from '#bench/server.js';
import { citus } from '#bench/stages/citus.js';
import { cold, duckdb } from '#bench/stages/cold.js';
import { dense } from '#bench/stages/dense.js';
import { type History, type Repeats, history } from '#bench/stages/history.js';
import { live } from '#bench/stages/live.js';
import { million } from '#bench/stages/million.js';
import { smooth } from '#bench/stages/smooth.js';
import { start } from '#bench/stages/start.js';
import { year } from '#bench/stages/year.js';
import { repeat } from '#bench/statistics.js';
import {
  citusRows,
  coldRow,
  denseRows,
  growthRows,
  historyRows,
  liveRows,
  loadFloor,
  memoryRow,
  millionRows,
  smoothRows,
  startRow,
  widthRows,
  yearRows,
} from '#bench/targets.js';

export interface Plan {
  readonly size: Size;
  readonly repeats: Repeats;
  readonly starts: number;
  readonly duckdbRuns: number;
  readonly liveBatches: number;
  readonly growth: boolean;
  readonly width: boolean;
  /** `year`, `dense`, `million` and `citus` replace the other stages. */
  readonly year: boolean;
  readonly dense: boolean;
  readonly million: boolean;
  /** The URL of an empty database on a coordinator. */
  readonly citus?: string;
}

const SEED = 1;
/** Gives different stores than SEED, so that the data loaded under load is new to the server. */
const OTHER_SEED = 2;
const TIMES = 10;

/**
 * Runs all stages in order.
 * @param say called with the name of the next stage
 * @param add called with the rows of a completed stage
 * @throws Error if a stage fails or Storewatch's figures differ from DuckDB's
 */
export async function measure(
  scope: Scope,
  plan: Plan,
  say: (stage: string) => void,
  add: (rows: readonly Row[]) => void,
): Promise<void> {
  const { size, repeats } = plan;
  if (plan.year) add(yearRows(await year(scope, size.stores, say)));
  if (plan.dense) add(denseRows(await dense(scope, say)));
  if (plan.million) add(millionRows(await million(scope, size.stores, say)));
  if (plan.citus !== undefined) add(citusRows(await citus(scope, plan.citus, size, say)));
  if (plan.year || plan.dense || plan.million || plan.citus !== undefined) return;
  say(`generate ${size.stores} stores, ${size.days} days`);
  const sample = await generate(scope, 'sample', size, SEED);
  say(`DuckDB script, ${sample.polls} polls`);
  const oneShot = await duckdb(scope, sample.dir, plan.duckdbRuns);
  say('cold');
  const coldRun = await cold(scope, sample, oneShot.csv);
  add([coldRow(coldRun, oneShot)]);
  const home = await openHome(scope, 'home');
  const server = await Server.start(scope, home.path);
  const base = await history(scope, 'base', sample, { server, floors: home.floors, repeats, say });
  mustAgree('report', base.firstCsv, oneShot.csv);
  const all = await gather(scope, 'all', sample, base.added);
  mustAgree('report after ticks and late polls', base.lastCsv, (await duckdb(scope, all, 1)).csv);
  add(historyRows(base, oneShot));
  say('live');
  const lived = await live(server, home.floors, plan.liveBatches);
  add(liveRows(lived, loadFloor(base)));
  say('smooth');
  const smoothed = await smooth(scope, server, await generate(scope, 'other', size, OTHER_SEED));
  add([...smoothRows(smoothed), memoryRow({ cold: coldRun.peakMb, ...base.peaks, smooth: smoothed.peakMb })]);
  await server.stop();
  await home.close();
  say('start');
  const starts = await repeat(plan.starts, () => start(scope, home.path));
  add([startRow(starts)]);

  const another = async (name: string, other: Size): Promise<History> => {
    say(`${name}: ${other.stores} stores, ${other.days} days`);
    return alone(scope, name, await generate(scope, name, other, SEED), { ...repeats, copies: 0 }, say);
  };
  if (plan.growth) {
    add(growthRows(await another('growth', { ...size, days: size.days * TIMES }), base));
  }
  if (plan.width) {
    const narrow = await another('narrow', { ...size, days: 1 });
    add(widthRows(await another('wide', { stores: size.stores * TIMES, days: 1 }), narrow));
  }
}

/** Runs a history in a separate database and process. It is compared with another history, not with floors. */
async function alone(
  scope: Scope,
  name: string,
  sample: Sample,
  repeats: Repeats,
  say: (stage: string) => void,
): Promise<History> {
  const home = await openHome(scope, `${name}-home`);
  const server = await Server.start(scope, home.path);
  const result = await history(scope, name, sample, { server, floors: home.floors, repeats, say });
  await server.stop();
  await home.close();
  return result;
}

/** Collects the files of a sample and the added polls in one folder, for the DuckDB script. */
async function gather(scope: Scope, name: string, sample: Sample, added: readonly string[]): Promise<string> {
  const dir = scope.path(name);
  await mkdir(dir);
  for (const file of ['business_hours.csv', 'store_timezones.csv', 'store_status.csv']) {
    await link(join(sample.dir, file), join(dir, file));
  }
  for (const [i, folder] of added.entries()) {
    await link(join(folder, 'store_status.csv'), join(dir, `store_status-${i}.csv`));
  }
  return dir;
}
