import { createWriteStream } from 'node:fs';
import { link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CLI } from '#bench/dist.js';
import { run } from '#bench/run.js';
import type { Scope } from '#bench/scope.js';

export interface Size {
  readonly stores: number;
  readonly days: number;
}

/** Generated files, together and split into calendars and polls, which are loaded one after the other. */
export interface Sample extends Size {
  readonly dir: string;
  readonly calendarsDir: string;
  readonly pollsDir: string;
  /** Rows of store_status.csv. */
  readonly polls: number;
}

/** @param endMs end of the polls; absent: the generator's default */
export async function generate(
  scope: Scope,
  name: string,
  { stores, days }: Size,
  seed: number,
  endMs?: number,
): Promise<Sample> {
  const dir = scope.path(name);
  const end = endMs === undefined ? [] : ['--end', new Date(endMs).toISOString()];
  const { output } = await run(scope, CLI, ['generate', dir, ...options({ stores, days, seed }), ...end]);
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

/** Writes a store_status.csv with these polls to a new folder. @returns the folder */
export async function writePolls(scope: Scope, name: string, polls: Iterable<Poll>): Promise<string> {
  const dir = scope.path(name);
  await mkdir(dir);
  await pipeline(csv(polls), createWriteStream(join(dir, 'store_status.csv')));
  return dir;
}

const CHUNK_CHARACTERS = 65_536;

function* csv(polls: Iterable<Poll>): Generator<string> {
  let text = 'store_id,status,timestamp_utc\n';
  for (const { storeId, atMs, active } of polls) {
    const time = new Date(atMs).toISOString().replace('T', ' ').slice(0, -1);
    text += `${storeId},${active ? 'active' : 'inactive'},${time} UTC\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield text;
    text = '';
  }
  yield text;
}
