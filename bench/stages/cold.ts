import { mustAgree, readText } from '#bench/agreement.js';
import { CLI } from '#bench/dist.js';
import { openHome } from '#bench/home.js';
import { benchScript, run, type Run } from '#bench/run.js';
import type { Sample } from '#bench/sample.js';
import type { Scope } from '#bench/scope.js';
import { median, repeat } from '#bench/statistics.js';

export interface DuckDb {
  /** Median of a few runs, each in its own process. */
  readonly seconds: number;
  readonly runs: readonly number[];
  readonly peakMb: number;
  readonly csv: string;
}

/** Runs the DuckDB script on the same files. */
export async function duckdb(scope: Scope, dir: string, times: number): Promise<DuckDb> {
  const out = scope.path('duckdb.csv');
  const runs = await repeat(times, () => run(scope, benchScript('duckdb.ts'), [dir, out]));
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    runs: runs.map(({ seconds }) => seconds),
    peakMb: Math.max(...runs.map(({ peakMb }) => peakMb)),
    csv: await readText(out),
  };
}

/** Runs `storewatch report --data DIR --out FILE` with a running, migrated and empty database. */
export async function cold(scope: Scope, sample: Sample, expected: string): Promise<Run> {
  const home = await openHome(scope, 'cold');
  await run(scope, CLI, ['migrate'], home.path);
  await home.floors.settle();
  const out = scope.path('cold.csv');
  const result = await run(scope, CLI, ['report', '--data', sample.dir, '--out', out], home.path);
  await home.close();
  mustAgree('cold', await readText(out), expected);
  return result;
}
