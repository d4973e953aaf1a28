import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { generateSampleData, type SampleOptions, type SampleSummary } from './generate.js';

const DAY_MS = 24 * 3_600_000;
const END_MS = Date.UTC(2023, 0, 25, 18);

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

async function sampleOf(options: SampleOptions): Promise<Sample> {
  const dir = await mkdtemp(join(tmpdir(), 'storewatch-sample-'));
  try {
    const summary = await generateSampleData(dir, options);
    const [status, hours, timezones] = await Promise.all(summary.files.map((file) => readFile(file, 'utf8')));
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
  } finally {
    await rm(dir, { recursive: true });
  }
}

const cells = (text: string, lineEnd: string) => text.split(lineEnd).map((line) => line.split(','));

/** Truncated to the millisecond. */
function instantOf(text: string): number {
  const [, date, time, digits = ''] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{0,5}[1-9]))? UTC$/.exec(text) ?? [];
  return Date.parse(`${date}T${time}.${digits.slice(0, 3).padEnd(3, '0')}Z`);
}

const grouped = <T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> => Map.groupBy(items, key);

/** The share of items for which the test holds. */
const share = <T>(items: readonly T[], test: (item: T) => boolean): number => items.filter(test).length / items.length;

/** Undefined for a value in the range, otherwise the value, so that a failure shows it. */
const outside = (value: number, low: number, high: number): number | undefined =>
  value >= low && value <= high ? undefined : value;

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

const wholeWeek = (rows: readonly Row[], end: string): boolean =>
  rows.length === 7 && rows.every((row) => row.start === '00:00:00' && row.end === end);

/** Parses the file row by row. */
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

describe.each(['uuid', 'integer'] as const)('a sample of 400 stores and 8 days with %s ids', (ids) => {
  let sample: Sample;
  let byStore: Map<string, Poll[]>;
  let weeks: Map<string, Row[]>;
  let known: Set<string>;
  beforeAll(async () => {
    sample = await sampleOf({ stores: 400, days: 8, seed: ids === 'uuid' ? 4 : 6, endMs: END_MS, ids });
    byStore = grouped(sample.polls, ({ id }) => id);
    weeks = grouped(sample.rows, ({ id }) => id);
    known = new Set([...byStore.keys(), ...weeks.keys(), ...sample.zones.keys()]);
  });

  it('counts its rows, and lists every store in at least one file', () => {
    const { summary, polls, rows, zones } = sample;
    expect(summary).toMatchObject({ statusRows: polls.length, hoursRows: rows.length, timezoneRows: zones.size });
    expect(known.size).toBe(400);
    expect(summary.stores).toBe(400);
  });

  it('has the headers of the published files, a byte-order mark and CRLF', () => {
    expect(sample.headers).toEqual([
      'store_id,status,timestamp_utc',
      'store_id,dayOfWeek,start_time_local,end_time_local',
      '\uFEFFstore_id,timezone_str',
    ]);
    expect(sample.rows.every(({ start, end }) => /^\d\d:\d\d:\d\d$/.test(start) && /^\d\d:\d\d:\d\d$/.test(end))).toBe(
      true,
    );
  });

  it('has polls in random order, most of them early in the hour', () => {
    const { polls } = sample;
    const ascents = polls.filter(({ ms }, index) => index > 0 && ms > polls[index - 1].ms).length;
    expect(outside(ascents / polls.length, 0.48, 0.52)).toBeUndefined();
    const early = share(polls, ({ ms }) => ms % 3_600_000 < 12 * 60_000);
    expect(outside(early, 0.85, 0.95)).toBeUndefined();
    expect(polls.every(({ ms }) => ms >= END_MS - 8 * DAY_MS && ms < END_MS)).toBe(true);
  });

  it('trims trailing zeros of fractions, down to no digits', () => {
    const lengths = sample.polls.map(({ text }) => (text.split('.')[1] ?? ' UTC').length - 4);
    const [none, , , three, four, five, six] = [0, 1, 2, 3, 4, 5, 6].map((digits) =>
      share(lengths, (n) => n === digits),
    );
    expect(outside(six, 0.88, 0.92)).toBeUndefined();
    expect(outside(five, 0.06, 0.1)).toBeUndefined();
    expect(outside(none, 0.0001, 0.005)).toBeUndefined();
    expect(four + three).toBeGreaterThan(0);
  });

  it('repeats a few polls and contradicts fewer', () => {
    const instants = [...grouped(sample.polls, ({ id, text }) => `${id} ${text}`).values()].filter(
      (polls) => polls.length > 1,
    );
    const contradicted = instants.filter((polls) => new Set(polls.map(({ status }) => status)).size > 1);
    expect(outside((instants.length - contradicted.length) / sample.polls.length, 0.0005, 0.002)).toBeUndefined();
    expect(outside(contradicted.length / sample.polls.length, 0.0001, 0.0005)).toBeUndefined();
  });

  it('has stores that are never polled, that fall silent, and that are never active', () => {
    expect(outside(byStore.size / known.size, 0.94, 0.97)).toBeUndefined();
    const stores = [...byStore.values()];
    const silent = share(stores, (polls) => polls.every(({ ms }) => ms < END_MS - 7 * DAY_MS));
    expect(outside(silent, 0.2, 0.24)).toBeUndefined();
    const neverActive = share(stores, (polls) => polls.every(({ status }) => status === 'inactive'));
    expect(outside(neverActive, 0.08, 0.13)).toBeUndefined();
  });

  it('has split shifts, nights in two rows, nights that wrap, whole days, and closed weekdays', () => {
    const { rows } = sample;
    const days = [...grouped(rows, ({ id, day }) => `${id} ${day}`).values()];
    const severalRows = share(days, (own) => own.length > 1);
    expect(outside(severalRows, 0.13, 0.17)).toBeUndefined();
    const toTheEnd = rows.filter(({ end }) => end === '23:59:00' || end === '23:59:59');
    expect(new Set(toTheEnd.map(({ end }) => end)).size).toBe(2);
    expect(outside(toTheEnd.length / rows.length, 0.27, 0.33)).toBeUndefined();
    const fromMidnight = new Set(rows.filter(({ start }) => start === '00:00:00').map(({ id, day }) => `${id} ${day}`));
    const continued = share(toTheEnd, ({ id, day }) => fromMidnight.has(`${id} ${(day + 1) % 7}`));
    expect(outside(continued, 0.6, 0.9)).toBeUndefined();
    const wrapping = share(rows, ({ start, end }) => end < start);
    expect(outside(wrapping, 0.005, 0.06)).toBeUndefined();
    const all = [...weeks.values()];
    expect(all.some((own) => wholeWeek(own, '00:00:00'))).toBe(true);
    expect(all.some((own) => wholeWeek(own, '23:59:59'))).toBe(true);
    const closedDays = share(all, (own) => new Set(own.map(({ day }) => day)).size < 7);
    expect(outside(closedDays, 0.03, 0.19)).toBeUndefined();
  });

  it('has rows of one minute, rows that overlap and rows that touch', () => {
    const { rows } = sample;
    expect(rows.some(({ start, end }) => minutes(end) - minutes(start) === 1)).toBe(true);
    const pairs = rows.flatMap((a) =>
      (weeks.get(a.id) ?? []).filter((b) => b.day === a.day && b.start > a.start).map((b) => ({ a, b })),
    );
    expect(pairs.some(({ a, b }) => b.start < a.end)).toBe(true);
    expect(pairs.some(({ a, b }) => b.start === a.end)).toBe(true);
  });

  it('has stores without hours, stores without a zone, and zones near and far', () => {
    const withoutHours = share([...byStore.keys()], (id) => !weeks.has(id));
    expect(outside(withoutHours, 0.05, 0.21)).toBeUndefined();
    expect(outside(1 - sample.zones.size / known.size, 0.01, 0.06)).toBeUndefined();
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
    for (const zone of ['Asia/Kathmandu', 'Asia/Beirut', 'Australia/Lord_Howe', 'America/Havana', 'America/Santiago']) {
      expect(zones.get(zone)).toHaveLength(1);
    }
    expect(outside(zones.get('America/New_York')?.length ?? 0, 120, 200)).toBeUndefined();
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
    expect(outside(seen.closed[0] / (seen.closed[0] + seen.closed[1]), 0.86, 0.94)).toBeUndefined();
    expect(outside(seen.open[1] / (seen.open[0] + seen.open[1]), 0.85, 0.99)).toBeUndefined();
  });
});

async function idsOf(ids: 'uuid' | 'integer'): Promise<string[]> {
  const { polls, rows, zones } = await sampleOf({ stores: 1000, days: 1, seed: 5, endMs: END_MS, ids });
  return [...new Set([...polls.map(({ id }) => id), ...rows.map(({ id }) => id), ...zones.keys()])];
}

describe('store ids', () => {
  it('are UUIDs, every one its own', async () => {
    const ids = await idsOf('uuid');
    expect(ids).toHaveLength(1000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('or signed 64-bit integers that no JavaScript number holds, but for a few short ones', async () => {
    const ids = await idsOf('integer');
    expect(ids).toHaveLength(1000);
    for (const id of ids) expect(BigInt.asIntN(64, BigInt(id)).toString()).toBe(id);
    const long = ids.filter((id) => !Number.isSafeInteger(Number(id)));
    expect(outside(ids.length - long.length, 3, 20)).toBeUndefined();
    for (const id of long) {
      expect(id).toMatch(/^-?\d{18,19}$/);
      expect(BigInt(Number(id))).not.toBe(BigInt(id));
    }
    const negative = share(ids, (id) => id.startsWith('-'));
    expect(outside(negative, 0.005, 0.04)).toBeUndefined();
  });
});
