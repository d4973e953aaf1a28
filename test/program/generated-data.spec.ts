import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explanation } from '../../src/features/timelines/explanation.js';
import { generateSampleData } from '../../src/sample-data/generate.js';
import { referenceInput } from '../reference/reference-from-files.js';
import { referenceCsv } from '../reference/reference-csv.js';
import type { ReferenceInput } from '../reference/facts.js';
import { referenceReport } from '../reference/reference.js';
import { type Program, openProgram } from './program.js';

/**
 * Zones with DST changes in the weeks below, half-hour offsets, changes at midnight or in the south, and some without
 * DST.
 */
const ODD_ZONES = [
  'America/New_York',
  'America/Chicago',
  'America/Denver',
  'America/Los_Angeles',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Havana',
  'America/Santiago',
  'Asia/Beirut',
  'Europe/London',
  'Pacific/Auckland',
];

/**
 * The whole program, from the three files to the CSV, against the reference calculator, which shares no code with it.
 */
describe.each([
  ['the week in which DST ends in North America', '2026-11-04T00:00:00Z', 'uuid', 11],
  ['the week in which DST starts in North America and Cuba', '2026-03-11T00:00:00Z', 'integer', 12],
  ['the week of DST changes in Lord Howe, Santiago and Auckland', '2026-10-07T00:00:00Z', 'uuid', 13],
] as const)('a report on generated files: %s', (_week, end, ids, seed) => {
  let dir: string;
  let program: Program;
  let input: ReferenceInput;
  let latest: number;
  const csv: Record<'store_status' | 'business_hours' | 'store_timezones', string> = {
    store_status: '',
    business_hours: '',
    store_timezones: '',
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'storewatch-generated-'));
    await generateSampleData(dir, { stores: 700, days: 9, seed, endMs: Date.parse(end), ids });
    const zones = await readFile(join(dir, 'store_timezones.csv'), 'utf8');
    csv.store_timezones = withOddZones(zones);
    csv.business_hours = await readFile(join(dir, 'business_hours.csv'), 'utf8');
    csv.store_status = await readFile(join(dir, 'store_status.csv'), 'utf8');
    input = referenceInput(csv);
    latest = input.polls.reduce((last, poll) => Math.max(last, poll.at), 0);
    program = await openProgram();
    for (const [kind, text] of Object.entries(csv)) await program.load(kind as keyof typeof csv, text);
  });

  afterAll(async () => {
    await program.close();
    await rm(dir, { recursive: true, force: true });
  });

  it('matches the reference as of the latest poll, on both bases', async () => {
    const rows = referenceReport(input, latest);
    expect(rows.length).toBeGreaterThan(600);
    expect(await program.report()).toBe(referenceCsv(rows, 'all'));
    expect(await program.report({ basis: 'observed' })).toBe(referenceCsv(rows, 'observed'));
  });

  it.each([
    ['on the hour', -26 * 3_600_000],
    ['a millisecond before the hour', -30 * 3_600_000 - 1],
    ['in the middle of an hour', -51 * 3_600_000 + 1_234_567],
    ['before the first week is complete', -7.4 * 24 * 3_600_000],
    ['before the first poll', -12 * 24 * 3_600_000],
    ['long after the last poll', 3 * 24 * 3_600_000 + 4_321],
  ])('matches the reference as of %s', async (_where, offset) => {
    const hour = Math.floor(latest / 3_600_000) * 3_600_000;
    const asOf = Math.min(Math.round(hour + offset), Date.now());
    const expected = referenceCsv(referenceReport(input, asOf), 'all');
    expect(await program.report({ asOf: new Date(asOf).toISOString() })).toBe(expected);
  });

  it.each(['all', 'observed'] as const)('explains the six figures of a store’s row, %s', async (basis) => {
    const asOf = new Date(latest - 1_234_567).toISOString();
    const from = new Date(latest - 1_234_567 - 7 * 24 * 3_600_000).toISOString();
    const rows = (await program.report({ asOf, basis })).trimEnd().split('\n').slice(1);
    for (let at = seed; at < rows.length; at += 37) {
      const [storeId] = rows[at].split(',');
      const lines = [...explanation(await program.timelines.timeline(storeId, from, asOf), basis, 3 * 3_600_000)];
      // `  uptime_last_hour(in minutes) = up 0:59:00 + carried up 0:01:00 = 1:00:00 = 60.00 min`
      const figures = lines.flatMap((line) => /^ {2}(up|down)\w+\(in .* = (\S+) (?:min|h)$/.exec(line)?.[2] ?? []);
      const [hourUp, hourDown, dayUp, dayDown, weekUp, weekDown] = figures;
      expect([storeId, hourUp, dayUp, weekUp, hourDown, dayDown, weekDown].join(',')).toBe(rows[at]);
    }
  });

  it('counts every row as a duplicate when the files are loaded again, and reports the same bytes', async () => {
    const before = await program.report();
    for (const [kind, text] of Object.entries(csv)) {
      const again = await program.load(kind as keyof typeof csv, text);
      expect({ ...again, duplicateRows: again.readRows }).toEqual(again);
      expect(again.acceptedRows + again.rejectedRows).toBe(0);
    }
    expect(await program.report()).toBe(before);
  });
});

/** Assigns the unusual zones to every third store. */
function withOddZones(zones: string): string {
  const [header, ...rows] = zones.trimEnd().split(/\r?\n/);
  const dealt = rows.map((row, i) =>
    i % 3 === 0 ? `${row.split(',')[0]},${ODD_ZONES[(i / 3) % ODD_ZONES.length]}` : row,
  );
  return [header, ...dealt, ''].join('\n');
}
