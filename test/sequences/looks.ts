import { expect } from '@jest/globals';
import { CLOSED } from '../../src/features/fleet/hour-matrix.js';
import { entriesOf } from '../../src/features/timelines/in-order.js';
import type { PageStart } from '../../src/features/timelines/page-start.js';
import { explanation } from '../../src/features/timelines/explanation.js';
import type { OutagePage, StoreOutage } from '../../src/features/timelines/store-outage.js';
import { toPartsDto } from '../../src/edge/uptime/uptime-breakdown.js';
import type { Program } from '../program/program.js';
import { storeOutages } from '../reference/outages.js';
import { referenceCsv } from '../reference/reference-csv.js';
import type { ReferenceInput, ReferenceStore } from '../reference/facts.js';
import { type Parts, indexStores, referenceReport, storeParts, storePartsBetween } from '../reference/reference.js';
import { explainedFigures, milliseconds, sumOf } from './figures.js';
import { isNameOf } from './spelling.js';

/** The endpoints that answer without waiting for a rollup. */
export const SURFACES = ['recent outages', 'outages', 'timeline', 'explanation', 'summary', 'heatmap'] as const;

/** One request to compare with the reference. */
export interface Look {
  readonly at: (typeof SURFACES)[number];
  /** The store whose timeline, explanation and outages are compared. */
  readonly storeId: string;
  /** Epoch ms: where lists and the timeline begin. */
  readonly from: number;
  /** Epoch ms. */
  readonly asOf: number;
  /** false: the request has no as-of, so it is that of the latest poll. */
  readonly isAsOfGiven: boolean;
  /** The page size of lists. */
  readonly size: number;
}

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
const BASIS = 'all';

const text = (ms: number): string => new Date(ms).toISOString();

/** A look with the program's and the reference's data. */
interface Compared extends Look {
  readonly program: Program;
  readonly stores: ReadonlyMap<string, ReferenceStore>;
  /** Called between two pages. */
  readonly turn: () => Promise<void>;
  /** The store of the look. */
  readonly store: ReferenceStore;
  /** The as-of in the request. */
  readonly given: string | undefined;
}

/** Compares the program's current answer, rolled up or not, with the reference. */
export async function compareLook(
  program: Program,
  input: ReferenceInput,
  look: Look,
  turn: () => Promise<void>,
): Promise<void> {
  const stores = indexStores(input);
  const store = stores.get(look.storeId);
  if (!store) return; // The store is not known yet.
  const given = look.isAsOfGiven ? text(look.asOf) : undefined;
  await COMPARE[look.at]({ program, stores, store, given, turn, ...look }, input);
}

const COMPARE: Record<Look['at'], (look: Compared, input: ReferenceInput) => Promise<void>> = {
  'recent outages': compareRecentOutages,
  outages: compareStoreOutages,
  timeline: compareTimeline,
  explanation: compareExplanation,
  summary: compareSummary,
  heatmap: compareHeatmap,
};

type OutageRow = readonly (string | number | null)[];

const rowOf = (o: StoreOutage): OutageRow => [
  o.storeId,
  o.startMs,
  o.isOngoing ? null : o.endMs,
  o.openMs,
  o.downMs,
  o.firstPollMs,
  o.endPollMs ?? null,
];

const outageRows = (storeId: string, store: ReferenceStore, from: number, to: number): OutageRow[] =>
  storeOutages(store, from, to).map((o) => [storeId, o.start, o.end, o.openMs, o.downMs, o.firstPollAt, o.endPollAt]);

/** Every page of a list. The first request has the window, and each later one only the page token. */
async function allPages(
  { size, turn }: Compared,
  page: (start: PageStart | undefined) => Promise<OutagePage>,
): Promise<OutageRow[]> {
  const rows: OutageRow[] = [];
  for (let start: PageStart | undefined, isFirst = true; isFirst || start; isFirst = false) {
    const { outages, next }: OutagePage = await page(start);
    expect(outages.length).toBeLessThanOrEqual(size);
    rows.push(...outages.map(rowOf));
    // A page that repeats itself would otherwise never end.
    expect(new Set(rows.map(String)).size).toBe(rows.length);
    start = next;
    if (next) await turn();
  }
  return rows;
}

/** The outages of all stores: by start, newest first. */
async function compareRecentOutages(look: Compared): Promise<void> {
  const { program, stores, from, asOf, given, size } = look;
  const listed = await allPages(look, (start) =>
    start
      ? program.recentOutages.page(size, { start })
      : program.recentOutages.page(size, { since: text(from), asOf: given }),
  );
  const starts = listed.map(([, start]) => Number(start));
  expect(starts).toEqual(starts.toSorted((a, b) => b - a));
  const expected = [...stores].flatMap(([id, store]) => outageRows(id, store, from, asOf));
  expect(sorted(listed)).toEqual(sorted(expected));
}

const sorted = (rows: readonly OutageRow[]): OutageRow[] => rows.toSorted((a, b) => (String(a) < String(b) ? -1 : 1));

/** The outages of one store: oldest first. */
async function compareStoreOutages(look: Compared): Promise<void> {
  const { program, storeId, store, from, asOf, given, size } = look;
  const listed = await allPages(look, (start) =>
    start
      ? program.timelines.outagePage(storeId, size, { start })
      : program.timelines.outagePage(storeId, size, { from: text(from), to: given }),
  );
  expect(listed).toEqual(outageRows(storeId, store, from, asOf));
}

async function compareTimeline({ program, storeId, store, from, asOf, given }: Compared): Promise<void> {
  const timeline = await program.timelines.timeline(storeId, text(from), given);
  const expected = milliseconds(storeParts(store, from, asOf));
  expect(toPartsDto(timeline.totals.parts)).toEqual(expected);
  expect(sumOf(entriesOf(timeline.statuses))).toEqual(expected);

  const firstPoll = store.polls[0]?.at ?? Infinity;
  const bounds = hoursWithin(Math.max(Math.ceil(from / HOUR_MS) * HOUR_MS, floorToHour(firstPoll)), floorToHour(asOf));
  const hours = bounds.length < 2 ? [] : storePartsBetween(store, bounds);
  expect(timeline.hours.map(({ hourMs, parts, polls }) => [hourMs, toPartsDto(parts), polls])).toEqual(
    hours.map((parts, i) => [bounds[i], milliseconds(parts), pollsIn(store, bounds[i], bounds[i + 1])]),
  );
}

const floorToHour = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS;
const pollsIn = ({ polls }: ReferenceStore, from: number, to: number): number =>
  polls.filter(({ at }) => at >= from && at < to).length;

/** The bounds of consecutive hours up to `to`, which may lie within the last one. */
function hoursWithin(from: number, to: number): number[] {
  if (!(from < to)) return [];
  const bounds = [];
  for (let at = from; at < to; at += HOUR_MS) bounds.push(at);
  return [...bounds, to];
}

/** Checks that the figures of the explanation are those of the report. */
async function compareExplanation({ program, storeId, asOf, given }: Compared, input: ReferenceInput): Promise<void> {
  const week = await program.timelines.timeline(storeId, text(asOf - WEEK_MS), given);
  const lines = [...explanation(week, BASIS, input.pollValidForMs!)];
  const row = referenceReport(input, asOf).filter((store) => store.storeId === storeId);
  expect(explainedFigures(lines)).toEqual(referenceCsv(row, BASIS).split('\n')[1].split(',').slice(1));
}

/** The last 168 hours, including the hour of as-of. */
const hoursBefore = (asOf: number): number[] => hoursWithin(Math.ceil(asOf / HOUR_MS) * HOUR_MS - WEEK_MS, asOf);

async function compareSummary({ program, stores, asOf, given }: Compared): Promise<void> {
  const summary = await program.freshFleet().summary({ asOf: given, basis: BASIS });
  const all = [...stores.values()];
  const sum = (parts: readonly Parts[]): object => milliseconds(parts.reduce(add, NOTHING));
  expect(summary.asOfMs).toBe(asOf);
  expect(summary.total).toBe(all.length);
  expect(summary.windows.map(({ parts }) => toPartsDto(parts))).toEqual(
    [HOUR_MS, 24 * HOUR_MS, WEEK_MS].map((length) => sum(all.map((store) => storeParts(store, asOf - length, asOf)))),
  );
  const states = all.map((store) => stateAt(store, asOf));
  expect(summary.counts).toEqual(
    Object.fromEntries(STATES.map((state) => [state, states.filter((s) => s === state).length])),
  );
  const bounds = hoursBefore(asOf);
  const hours = all.map((store) => storePartsBetween(store, bounds));
  expect(summary.hours.map(({ hourMs, parts }) => [hourMs, toPartsDto(parts)])).toEqual(
    bounds.slice(0, -1).map((hour, i) => [hour, sum(hours.map((ofStore) => ofStore[i]))]),
  );
}

const NOTHING: Parts = { open: 0, up: 0, down: 0, carriedUp: 0, carriedDown: 0, unknown: 0 };
const add = (a: Parts, b: Parts): Parts => ({
  open: a.open + b.open,
  up: a.up + b.up,
  down: a.down + b.down,
  carriedUp: a.carriedUp + b.carriedUp,
  carriedDown: a.carriedDown + b.carriedDown,
  unknown: a.unknown + b.unknown,
});

const STATES = ['up', 'down', 'silent', 'closed'] as const;

function stateAt(store: ReferenceStore, asOf: number): (typeof STATES)[number] {
  const { open, up, down } = storeParts(store, asOf - 1, asOf);
  if (open === 0) return 'closed';
  if (up > 0) return 'up';
  return down > 0 ? 'down' : 'silent';
}

async function compareHeatmap({ program, stores, asOf, given, size }: Compared): Promise<void> {
  const fleet = program.freshFleet();
  const rows = [];
  for (let pageToken: string | undefined = ''; pageToken !== undefined;) {
    const page: Awaited<ReturnType<typeof fleet.heatmap>> = await fleet.heatmap({
      ...(given !== undefined && { to: given }),
      pageSize: String(size),
      pageToken,
    });
    expect(page.total).toBe(stores.size);
    rows.push(...page.rows);
    pageToken = page.nextPageToken;
  }
  expect(rows.map(({ store }) => store.storeId).sort()).toEqual([...stores.keys()].sort());
  const losses = rows.map(({ lostMs }) => lostMs);
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));
  const bounds = hoursBefore(asOf);
  for (const { store: of, state, lostMs, parts, upPercent, downPercent } of rows) {
    const store = stores.get(of.storeId)!;
    const expected = storeParts(store, bounds[0], asOf);
    expect([isNameOf(store.timezone, of.zone), state, lostMs, toPartsDto(parts)]).toEqual([
      true,
      stateAt(store, asOf),
      expected.open - expected.up - expected.carriedUp,
      milliseconds(expected),
    ]);
    const hours = storePartsBetween(store, bounds);
    expect(Array.from(upPercent, (up, hour) => isShare(up, hours[hour].up, hours[hour].open))).not.toContain(false);
    expect(Array.from(downPercent, (down, hour) => isShare(down, hours[hour].down, hours[hour].open))).not.toContain(
      false,
    );
    expect([upPercent.length, downPercent.length]).toEqual([hours.length, hours.length]);
  }
}

/** Whether a percentage is right for a part of an hour's open time: 0 and 100 are only used for exact values. */
function isShare(percent: number, part: number, open: number): boolean {
  if (open === 0) return percent === CLOSED;
  if (percent === 0 || percent === 100) return part * 100 === percent * open;
  return part > 0 && part < open && Math.abs(percent - (part * 100) / open) < 1;
}
