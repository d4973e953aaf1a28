import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateSampleData, type SampleOptions, type SampleSummary } from './generate.js';

const DAY_MS = 24 * 3_600_000;
const END_MS = Date.UTC(2023, 0, 25, 18);
const WEEK: SampleOptions = { stores: 400, days: 8, seed: 2, endMs: END_MS };

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'storewatch-sample-'));
});
afterAll(async () => {
  await rm(home, { recursive: true });
});

let samples = 0;
async function generate(options: SampleOptions): Promise<SampleSummary> {
  return await generateSampleData(join(home, `sample-${samples++}`), options);
}

async function bytesOf(options: SampleOptions): Promise<string[]> {
  const { files } = await generate(options);
  return await Promise.all(files.map((file) => readFile(file, 'latin1')));
}

interface Poll {
  id: string;
  ms: number;
}

async function pollsOf(options: SampleOptions): Promise<Poll[]> {
  const { files, statusRows } = await generate(options);
  const [, ...lines] = (await readFile(files[0], 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(statusRows);
  return lines.map((line) => {
    const [id, , text] = line.split(',');
    return { id, ms: Date.parse(text.replace(' UTC', 'Z').replace(' ', 'T')) };
  });
}

describe('generateSampleData', () => {
  it('writes the same bytes for the same options, and different bytes for another seed', async () => {
    const options = { stores: 60, days: 3, seed: 7, endMs: END_MS };
    const first = await bytesOf(options);
    expect(await bytesOf(options)).toEqual(first);
    const other = await bytesOf({ ...options, seed: 8 });
    for (const [index, text] of other.entries()) expect(text).not.toBe(first[index]);
  });

  it('writes stores.csv on request, and the other files stay the same', async () => {
    const options = { stores: 60, days: 3, seed: 7, endMs: END_MS };
    const [stores, ...others] = (await bytesOf({ ...options, names: true })).toReversed();
    expect(others.toReversed()).toEqual(await bytesOf(options));
    const [header, ...rows] = stores.trimEnd().split('\n');
    expect(header).toBe('store_id,name,brand,region,franchisee');
    expect(new Set(rows.map((row) => row.split(',')[0])).size).toBe(60);
    for (const row of rows) expect(row).toMatch(/^[^,]+,[A-Z][^,]+ \d+ [^,]+,[A-Z][^,]+,[A-Z][^,]+,[^,]*$/);
    expect(await bytesOf({ ...options, names: true })).toContain(stores);
  });

  it('derives the weekday column and the id format from the seed', async () => {
    const shapes = [];
    for (const seed of [0, 1, 2, 3, -1, 2 ** 40]) {
      const { files } = await generate({ stores: 10, days: 1, seed, endMs: END_MS });
      const [header, row] = (await readFile(files[1], 'utf8')).split('\r\n');
      shapes.push(`${header.split(',')[1]} ${row.includes('-4') ? 'uuid' : 'integer'}`);
    }
    const [a, b, c, d] = ['dayOfWeek uuid', 'day uuid', 'dayOfWeek integer', 'day integer'];
    expect(shapes).toEqual([a, b, c, d, d, a]);
  });

  it('leaves only complete files, replaces existing ones, and reports progress', async () => {
    const dir = join(home, 'new', 'folder');
    await generateSampleData(dir, { stores: 30, days: 2, seed: 1, endMs: END_MS });
    const seen: [number, number][] = [];
    const { files } = await generateSampleData(dir, WEEK, (done, total) => seen.push([done, total]));
    expect((await readdir(dir)).sort()).toEqual(['business_hours.csv', 'store_status.csv', 'store_timezones.csv']);
    expect((await stat(files[0])).size).toBeGreaterThan(3_000_000);
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).toSorted((a, b) => a - b));
    expect(seen.at(-1)).toEqual([seen[0][1], seen[0][1]]);
  });

  it('leaves nothing behind when it fails', async () => {
    const dir = join(home, 'failing');
    const stopped = new Error('stopped');
    const failing = () => {
      throw stopped;
    };
    await expect(generateSampleData(dir, WEEK, failing)).rejects.toBe(stopped);
    expect(await readdir(dir)).toEqual([]);
  });

  it.each([
    { ...WEEK, stores: 0 },
    { ...WEEK, days: 1.5 },
    { ...WEEK, seed: Number.NaN },
    { ...WEEK, endMs: DAY_MS },
    { ...WEEK, endMs: Date.UTC(10_000, 0, 2) },
  ])('refuses what it cannot do: $stores stores, $days days, seed $seed, to $endMs', async (options) => {
    await expect(generate(options)).rejects.toThrow(RangeError);
  });

  it('keeps every poll inside the period, even if it does not start on the hour', async () => {
    const endMs = END_MS + 5 * 60_000 + 1;
    for (const days of [1, 2]) {
      const polls = await pollsOf({ stores: 100, days, seed: 3, endMs });
      const times = polls.map(({ ms }) => ms);
      expect(Math.min(...times)).toBeGreaterThanOrEqual(endMs - days * DAY_MS);
      expect(Math.max(...times)).toBeLessThan(endMs);
      expect(Math.min(...times)).toBeLessThan(endMs - days * DAY_MS + 3_600_000);
      expect(Math.max(...times)).toBeGreaterThan(endMs - 3_600_000);
    }
  });

  it('works with one store and one day', async () => {
    const polls = await pollsOf({ stores: 1, days: 1, seed: 1, endMs: END_MS });
    expect(new Set(polls.map(({ id }) => id)).size).toBe(1);
    expect(polls.length).toBeGreaterThan(20);
  });

  it('makes about two million polls for 14,000 stores and a week; the silent fifth stops before the middle', async () => {
    const stores = 300;
    const polls = await pollsOf({ ...WEEK, stores, days: 7 });
    expect(Math.abs((polls.length * 14_000) / stores - 2_000_000)).toBeLessThan(100_000);
    const polled = new Set(polls.map(({ id }) => id));
    const late = new Set(polls.filter(({ ms }) => ms >= END_MS - 3.5 * DAY_MS).map(({ id }) => id));
    const silent = 1 - late.size / polled.size;
    expect(silent).toBeGreaterThan(0.2);
    expect(silent).toBeLessThan(0.24);
  });
});
