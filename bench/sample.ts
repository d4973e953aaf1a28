import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLI } from '#bench/dist.js';
import { run } from '#bench/run.js';
import type { Scope } from '#bench/scope.js';

export interface Size {
  readonly stores: number;
  readonly days: number;
}

/** Generated files, as a whole and apart: calendars and polls are loaded one after the other. */
export interface Sample extends Size {
  readonly dir: string;
  readonly calendarsDir: string;
  readonly pollsDir: string;
  /** Rows of store_status.csv. */
  readonly polls: number;
}

export async function generate(scope: Scope, name: string, { stores, days }: Size, seed: number): Promise<Sample> {
  const dir = scope.path(name);
  const { output } = await run(scope, CLI, ['generate', dir, ...options({ stores, days, seed })]);
  const [, polls] = /^(\d+) polls/.exec(output) ?? [];
  const calendarsDir = `${dir}-calendars`;
  const pollsDir = `${dir}-polls`;
  for (const folder of [calendarsDir, pollsDir]) await mkdir(folder);
  for (const file of ['business_hours.csv', 'store_timezones.csv'])
    await link(join(dir, file), join(calendarsDir, file));
  await link(join(dir, 'store_status.csv'), join(pollsDir, 'store_status.csv'));
  return { stores, days, dir, calendarsDir, pollsDir, polls: Number(polls) };
}

const options = (values: Record<string, number>): string[] =>
  Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);

export interface Poll {
  readonly storeId: string;
  readonly atMs: number;
  readonly active: boolean;
}

/** A store_status.csv with these polls in a folder of its own. @returns the folder */
export async function writePolls(scope: Scope, name: string, polls: readonly Poll[]): Promise<string> {
  const dir = scope.path(name);
  await mkdir(dir);
  const lines = polls.map(
    ({ storeId, atMs, active }) =>
      `${storeId},${active ? 'active' : 'inactive'},${new Date(atMs).toISOString().replace('T', ' ').slice(0, -1)} UTC\n`,
  );
  await writeFile(join(dir, 'store_status.csv'), `store_id,status,timestamp_utc\n${lines.join('')}`);
  return dir;
}
