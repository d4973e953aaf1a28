import { generateSampleData } from '../sample-data/generate.js';
import { progress } from './progress.js';

/** 2026-11-01 has 25 hours in the USA: the default week includes a DST change. */
const DEFAULT_END_MS = Date.UTC(2026, 10, 4);

interface GenerateOptions {
  readonly stores: number;
  readonly days: number;
  readonly seed: number;
  readonly end?: number;
}

/** `storewatch generate`. */
export async function generate(dir: string, { stores, days, seed, end }: GenerateOptions): Promise<void> {
  const bar = progress('generate');
  const options = { stores, days, seed, endMs: end ?? DEFAULT_END_MS, names: true };
  const summary = await generateSampleData(dir, options, (done, total) => bar.to(done, total)).finally(() =>
    bar.stop(),
  );
  process.stdout.write(
    `${summary.statusRows} polls, ${summary.hoursRows} rows of hours and ${summary.timezoneRows} timezones ` +
      `of ${summary.stores} stores in ${dir}\n`,
  );
}
