import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
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

interface Poll {
  id: string;
  status: string;
  text: string;
  ms: number;
}
interface Row {
  id: string;
  day: number;
  start: string;
  end: string;
}
interface Sample {
  summary: SampleSummary;
  headers: string[];
  polls: Poll[];
  rows: Row[];
  zones: Map<string, string>;
}

let samples = 0;
async function generate(options: SampleOptions): Promise<SampleSummary> {
  return await generateSampleData(join(home, `sample-${samples++}`), options);
}

async function sampleOf(options: SampleOptions): Promise<Sample> {
  const summary = await generate(options);
  const [status, hours, timezones] = await Promise.all(summary.files.map((file) => readFile(file, 'utf8')));
  const cells = (text: string, end: string) => text.split(end).map((line) => line.split(','));
  const [statusHeader, ...polls] = cells(status.trimEnd(), '\n');
  const [hoursHeader, ...rows] = cells(hours.trimEnd(), '\r\n');
  const [timezoneHeader, ...zones] = cells(timezones.trimEnd(), '\n');
  return {
    summary,
    headers: [statusHeader, hoursHeader, timezoneHeader].map(String),
    polls: polls.map(([id, word, text]) => ({ id, status: word, text, ms: instantOf(text) })),
    rows: rows.map(([id, day, start, end]) => ({ id, day: Number(day), start, end })),
    zones: new Map(zones.map(([id, zone]) => [id, zone])),
  };
}

/** Truncated to the millisecond. */
function instantOf(text: string): number {
  const [, date, time, digits = ''] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{0,5}[1-9]))? UTC$/.exec(text) ?? [];
  return Date.parse(`${date}T${time}.${digits.slice(0, 3).padEnd(3, '0')}Z`);
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, key);
}

describe('generateSampleData', () => {
  it('writes the same bytes for the same options, and others for another seed', async () => {
    const options = { stores: 60, days: 3, seed: 7, endMs: END_MS };
    const bytes = async (given: SampleOptions) => {
      const { files } = await generate(given);
      return await Promise.all(files.map((file) => readFile(file, 'latin1')));
    };
    const first = await bytes(options);
    expect(await bytes(options)).toEqual(first);
    const other = await bytes({ ...options, seed: 8 });
    for (const [index, text] of other.entries()) expect(text).not.toBe(first[index]);
  });

  it('takes weekday column and kind of id from the seed', async () => {
    const shapes = [];
    for (const seed of [0, 1, 2, 3, -1, 2 ** 40]) {
      const { headers, polls } = await sampleOf({ stores: 10, days: 1, seed, endMs: END_MS });
      shapes.push(`${headers[1].split(',')[1]} ${polls.every(({ id }) => id.length === 36) ? 'uuid' : 'integer'}`);
    }
    const [a, b, c, d] = ['dayOfWeek uuid', 'day uuid', 'dayOfWeek integer', 'day integer'];
    expect(shapes).toEqual([a, b, c, d, d, a]);
  });

  it('leaves only whole files, replaces earlier ones, and says how far it is', async () => {
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
    const failing = () => {
      throw new Error('stopped');
    };
    await expect(generateSampleData(dir, WEEK, failing)).rejects.toThrow('stopped');
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

  it('keeps every poll inside the period, also when that does not begin on the hour', async () => {
    const endMs = END_MS + 5 * 60_000 + 1;
    for (const days of [1, 2]) {
      const { polls } = await sampleOf({ stores: 100, days, seed: 3, endMs });
      const times = polls.map(({ ms }) => ms);
      expect(Math.min(...times)).toBeGreaterThanOrEqual(endMs - days * DAY_MS);
      expect(Math.max(...times)).toBeLessThan(endMs);
      expect(Math.min(...times)).toBeLessThan(endMs - days * DAY_MS + 3_600_000);
      expect(Math.max(...times)).toBeGreaterThan(endMs - 3_600_000);
    }
  });

  it('makes two polls in place of a dozen when there is one store', async () => {
    const { summary, polls } = await sampleOf({ stores: 1, days: 1, seed: 1, endMs: END_MS });
    expect(polls).toHaveLength(summary.statusRows);
    expect(new Set(polls.map(({ id }) => id)).size).toBe(1);
    expect(polls.length).toBeGreaterThan(20);
  });

  it('has about 0.83 polls for a store and hour of a week, a fifth of the stores falling silent before its middle', async () => {
    const { summary, polls } = await sampleOf({ ...WEEK, stores: 300, days: 7 });
    expect(summary.statusRows / (300 * 7 * 24)).toBeCloseTo(0.83, 1);
    const stores = [...grouped(polls, ({ id }) => id).values()];
    const silent = stores.filter((own) => own.every(({ ms }) => ms < END_MS - 3.5 * DAY_MS));
    expect(silent.length / stores.length).toBeGreaterThan(0.2);
    expect(silent.length / stores.length).toBeLessThan(0.24);
  });
});

describe.each(['uuid', 'integer'] as const)('a sample of 400 stores and 8 days with %s ids', (ids) => {
  let sample: Sample;
  let byStore: Map<string, Poll[]>;
  let weeks: Map<string, Row[]>;
  let known: Set<string>;
  beforeAll(async () => {
    sample = await sampleOf({ ...WEEK, seed: ids === 'uuid' ? 4 : 6, ids });
    byStore = grouped(sample.polls, ({ id }) => id);
    weeks = grouped(sample.rows, ({ id }) => id);
    known = new Set([...byStore.keys(), ...weeks.keys(), ...sample.zones.keys()]);
  });

  const share = <T>(items: readonly T[], test: (item: T) => boolean) => items.filter(test).length / items.length;
  function expectBetween(value: number, low: number, high: number): void {
    expect(value).toBeGreaterThanOrEqual(low);
    expect(value).toBeLessThanOrEqual(high);
  }

  it('counts what it wrote, and knows every store from one file or another', () => {
    const { summary, polls, rows, zones } = sample;
    expect(summary).toMatchObject({ statusRows: polls.length, hoursRows: rows.length, timezoneRows: zones.size });
    expect(known.size).toBe(400);
    expect(summary.stores).toBe(400);
  });

  it('has the headers of the real files, a byte-order mark and CRLF', () => {
    expect(sample.headers).toEqual([
      'store_id,status,timestamp_utc',
      'store_id,dayOfWeek,start_time_local,end_time_local',
      '\uFEFFstore_id,timezone_str',
    ]);
    expect(sample.rows.every(({ start, end }) => /^\d\d:\d\d:\d\d$/.test(start) && /^\d\d:\d\d:\d\d$/.test(end))).toBe(
      true,
    );
  });

  it('has ids that no JavaScript number holds', () => {
    if (ids === 'uuid') {
      for (const id of known)
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      return;
    }
    const all = [...known];
    const short = all.filter((id) => Number.isSafeInteger(Number(id)));
    expectBetween(short.length, 1, 20);
    for (const id of all) {
      expect(BigInt.asIntN(64, BigInt(id))).toBe(BigInt(id));
      if (!short.includes(id)) {
        expect(id).toMatch(/^-?\d{18,19}$/);
        expect(BigInt(Number(id))).not.toBe(BigInt(id));
      }
    }
    expectBetween(
      share(all, (id) => id.startsWith('-')),
      0.005,
      0.05,
    );
  });

  it('has polls in no order, most of them early in the hour', () => {
    const { polls } = sample;
    expectBetween(
      share(polls.slice(1), ({ ms }) => ms > polls[0].ms),
      0.01,
      0.99,
    );
    const ascents = polls.filter(({ ms }, index) => index > 0 && ms > polls[index - 1].ms).length;
    expectBetween(ascents / polls.length, 0.48, 0.52);
    expectBetween(
      share(polls, ({ ms }) => ms % 3_600_000 < 12 * 60_000),
      0.85,
      0.95,
    );
    expect(polls.every(({ ms }) => ms >= END_MS - 8 * DAY_MS && ms < END_MS)).toBe(true);
  });

  it('trims fraction digits, down to none', () => {
    const digits = (length: number) =>
      share(sample.polls, ({ text }) => (text.split('.')[1]?.length ?? 4) === length + 4);
    expectBetween(digits(6), 0.88, 0.92);
    expectBetween(digits(5), 0.06, 0.1);
    expectBetween(digits(0), 0.0001, 0.005);
    expect(digits(4) + digits(3)).toBeGreaterThan(0);
  });

  it('repeats a few polls and contradicts fewer', () => {
    const instants = [...grouped(sample.polls, ({ id, text }) => `${id} ${text}`).values()].filter(
      (polls) => polls.length > 1,
    );
    const contradicted = instants.filter((polls) => new Set(polls.map(({ status }) => status)).size > 1);
    expectBetween((instants.length - contradicted.length) / sample.polls.length, 0.0005, 0.002);
    expectBetween(contradicted.length / sample.polls.length, 0.0001, 0.0005);
  });

  it('has stores that are never polled, that fall silent, and that are never active', () => {
    expectBetween(byStore.size / known.size, 0.94, 0.97);
    const stores = [...byStore.values()];
    expectBetween(
      share(stores, (polls) => polls.every(({ ms }) => ms < END_MS - 7 * DAY_MS)),
      0.2,
      0.24,
    );
    expectBetween(
      share(stores, (polls) => polls.every(({ status }) => status === 'inactive')),
      0.08,
      0.13,
    );
  });

  it('has split shifts, nights in two rows, nights that wrap, whole days, and closed weekdays', () => {
    const { rows } = sample;
    const days = [...grouped(rows, ({ id, day }) => `${id} ${day}`).values()];
    expectBetween(
      share(days, (own) => own.length > 1),
      0.13,
      0.17,
    );
    const toTheEnd = rows.filter(({ end }) => end === '23:59:00' || end === '23:59:59');
    expect(new Set(toTheEnd.map(({ end }) => end)).size).toBe(2);
    expectBetween(toTheEnd.length / rows.length, 0.27, 0.33);
    const fromMidnight = new Set(rows.filter(({ start }) => start === '00:00:00').map(({ id, day }) => `${id} ${day}`));
    expectBetween(
      share(toTheEnd, ({ id, day }) => fromMidnight.has(`${id} ${(day + 1) % 7}`)),
      0.6,
      0.9,
    );
    expectBetween(
      share(rows, ({ start, end }) => end < start),
      0.005,
      0.06,
    );
    const all = [...weeks.values()];
    const always = (from: string, to: string) => (own: Row[]) =>
      own.length === 7 && own.every(({ start, end }) => start === from && end === to);
    expect(all.filter(always('00:00:00', '00:00:00')).length).toBeGreaterThan(0);
    expect(all.filter(always('00:00:00', '23:59:59')).length).toBeGreaterThan(0);
    expectBetween(
      share(all, (own) => new Set(own.map(({ day }) => day)).size < 7),
      0.03,
      0.19,
    );
  });

  it('has rows of one minute, rows that overlap and rows that touch', () => {
    const { rows } = sample;
    const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
    expect(rows.some(({ start, end }) => minutes(end) - minutes(start) === 1)).toBe(true);
    const pairs = rows.flatMap((a) =>
      (weeks.get(a.id) ?? []).filter((b) => b.day === a.day && b.start > a.start).map((b) => ({ a, b })),
    );
    expect(pairs.some(({ a, b }) => b.start < a.end)).toBe(true);
    expect(pairs.some(({ a, b }) => b.start === a.end)).toBe(true);
  });

  it('has stores without hours, stores without a zone, and zones near and far', () => {
    expectBetween(
      share([...byStore.keys()], (id) => !weeks.has(id)),
      0.05,
      0.21,
    );
    expectBetween(1 - sample.zones.size / known.size, 0.01, 0.06);
    const zones = grouped([...sample.zones.values()], (zone) => zone);
    for (const zone of [
      'America/Phoenix',
      'America/Boise',
      'America/Detroit',
      'Pacific/Honolulu',
      'America/Puerto_Rico',
    ]) {
      expect(zones.has(zone)).toBe(true);
    }
    for (const zone of ['Asia/Kathmandu', 'Australia/Lord_Howe']) expect(zones.get(zone)?.length ?? 0).toBeLessThan(2);
    expectBetween(zones.get('America/New_York')?.length ?? 0, 120, 200);
  });

  it('has closed stores mostly inactive, and open ones active but for outages that last', () => {
    const seen = { open: [0, 0], closed: [0, 0] };
    for (const [id, polls] of byStore) {
      if (polls.every(({ status }) => status === 'inactive')) continue;
      for (const { ms, status } of polls.slice(0, 20)) {
        const open = isOpen(
          weeks.get(id),
          DateTime.fromMillis(ms, { zone: sample.zones.get(id) ?? 'America/Chicago' }),
        );
        seen[open ? 'open' : 'closed'][status === 'active' ? 1 : 0]++;
      }
    }
    expectBetween(seen.closed[0] / (seen.closed[0] + seen.closed[1]), 0.86, 0.94);
    expectBetween(seen.open[1] / (seen.open[0] + seen.open[1]), 0.85, 0.99);
  });

  /** Row by row, as a person would read the file. */
  function isOpen(week: Row[] | undefined, local: DateTime): boolean {
    if (!week) return true;
    const today = local.weekday - 1;
    const time = local.toFormat('HH:mm:ss');
    return week.some(({ day, start, end }) => {
      const last = end >= '23:59:00' ? '24:00:00' : end;
      if (last > start) return day === today && time >= start && time < last;
      return (day === today && time >= start) || (day === (today + 6) % 7 && time < last);
    });
  }
});
