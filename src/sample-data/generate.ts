import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Chunk, type Lines, writeLines } from './chunked-file.js';
import { MINUTE_AND_SECOND, type Period, periodOf, Polls } from './polls.js';
import { hash, permutation } from './random.js';
import { STORES_HEADER, storeLines } from './store-names.js';
import { type StoreProfile, storeProfiles } from './store-profile.js';
import { MAX_ROWS } from './weekly-hours.js';

export interface SampleOptions {
  /** Number of distinct store ids in the three files together. */
  stores: number;
  days: number;
  seed: number;
  /** Exclusive end of the polls, epoch ms UTC. */
  endMs: number;
  /** UUIDs, or signed 64-bit integers beyond 2^53, as text. By default the seed decides. */
  ids?: 'uuid' | 'integer';
  /** Whether to write stores.csv, with names and tags, as well. */
  names?: boolean;
}

export interface SampleSummary {
  statusRows: number;
  hoursRows: number;
  timezoneRows: number;
  stores: number;
  /** Paths of the written files. */
  files: string[];
}

const BYTE_ORDER_MARK = '\uFEFF';
const LAST_MS = Date.UTC(10_000, 0, 1);

/**
 * Writes store_status.csv, business_hours.csv and store_timezones.csv into `dir` (created if missing), shaped like the
 * published files; on request also stores.csv. The same options give the same bytes. The final file names appear only
 * after all files are complete. Memory grows with the number of stores, not of polls.
 *
 * `onProgress` counts possible polls, some of which do not exist. It is meant for a progress bar.
 * @throws RangeError for invalid options
 */
export async function generateSampleData(
  dir: string,
  options: SampleOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<SampleSummary> {
  check(options);
  const { stores, days, seed } = options;
  const period = periodOf(options.endMs, days);
  // Two bits of the seed cover all four combinations of the published id formats and weekday columns.
  const ids = options.ids ?? (bit(seed, 1) ? 'integer' : 'uuid');
  const weekday = bit(seed, 0) ? 'day' : 'dayOfWeek';
  const profiles = storeProfiles({ stores, days, seed, ids, hours: period.hours });
  const key = hash(seed, 1);

  await mkdir(dir, { recursive: true });
  const names = ['store_status.csv', 'business_hours.csv', 'store_timezones.csv'];
  if (options.names) names.push('stores.csv');
  const files = names.map((name) => join(dir, name));
  const parts = files.map((file) => `${file}.part`);
  try {
    const timezoneRows = await writeLines(
      parts[2],
      `${BYTE_ORDER_MARK}store_id,timezone_str\n`,
      timezoneLines(profiles, key),
    );
    const hoursRows = await writeLines(
      parts[1],
      `store_id,${weekday},start_time_local,end_time_local\r\n`,
      hoursLines(profiles, key),
    );
    const statusRows = await writeLines(
      parts[0],
      'store_id,status,timestamp_utc\n',
      statusLines(profiles, period, key),
      onProgress,
    );
    if (options.names) await writeLines(parts[3], STORES_HEADER, storeLines(profiles, hash(key, 4)));
    for (const [index, part] of parts.entries()) await rename(part, files[index]);
    return { statusRows, hoursRows, timezoneRows, stores, files };
  } finally {
    for (const part of parts) await rm(part, { force: true });
  }
}

function check({ stores, days, seed, endMs }: SampleOptions): void {
  for (const [name, value] of Object.entries({ stores, days })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name} must be a whole number from 1, got ${value}`);
  }
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed must be a whole number, got ${seed}`);
  if (!Number.isSafeInteger(endMs) || periodOf(endMs, days).startMs < 0 || endMs > LAST_MS) {
    throw new RangeError('the polls must be between the years 1970 and 9999');
  }
}

function bit(seed: number, index: number): boolean {
  return ((seed >> index) & 1) === 1;
}

function timezoneLines(profiles: readonly StoreProfile[], key: number): Lines {
  const order = permutation(profiles.length, hash(key, 1));
  return {
    size: profiles.length,
    addTo(chunk, index) {
      const { id, zone, zoneListed } = profiles[order(index)];
      if (zoneListed) chunk.add(`${id},${zone}\n`);
      return zoneListed;
    },
  };
}

function hoursLines(profiles: readonly StoreProfile[], key: number): Lines {
  const size = profiles.length * MAX_ROWS;
  const order = permutation(size, hash(key, 2));
  return {
    size,
    addTo(chunk, index) {
      const slot = order(index);
      const { id, rows } = profiles[Math.floor(slot / MAX_ROWS)];
      const row = rows.at(slot % MAX_ROWS);
      if (!row) return false;
      chunk.add(`${id},${row.day},${timeOfDay(row.start)},${timeOfDay(row.end)}\r\n`);
      return true;
    },
  };
}

function timeOfDay(seconds: number): string {
  return `${String(Math.floor(seconds / 3600)).padStart(2, '0')}:${MINUTE_AND_SECOND[seconds % 3600]}`;
}

/**
 * One slot for every store and hour, plus one in a thousand for repeated polls and one in five thousand for
 * contradicting polls, all in one pseudo-random order.
 */
function statusLines(profiles: readonly StoreProfile[], period: Period, key: number): Lines {
  const polls = new Polls(profiles, period);
  const { hours } = period;
  const own = profiles.length * hours;
  const repeated = Math.ceil(own / 1000);
  const contradicting = Math.ceil(own / 5000);
  const size = own + repeated + contradicting;
  const order = permutation(size, hash(key, 3));

  function addAgain(chunk: Chunk, slot: number): boolean {
    // Many store-hours have no poll to repeat, so try a few.
    for (let attempt = 0; attempt < 20; attempt++) {
      const store = hash(hash(key, 4 + attempt), slot) % profiles.length;
      const hour = hash(hash(key, 24 + attempt), slot) % hours;
      if (polls.addTo(chunk, store, hour, slot >= own + repeated)) return true;
    }
    return false;
  }

  return {
    size,
    addTo(chunk, index) {
      const slot = order(index);
      if (slot >= own) return addAgain(chunk, slot);
      const store = Math.floor(slot / hours);
      return polls.addTo(chunk, store, slot - store * hours);
    },
  };
}
