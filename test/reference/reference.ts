/**
 * The reference calculator, slow and obvious, against which the product is checked. They share no code, and it uses
 * neither rollups nor SQL nor Luxon. For one store and one window it cuts the time line at every instant where anything
 * can change. For each segment it then determines: is the store open, which poll is in force, and is that poll still
 * valid evidence?
 *
 * Instants are epoch milliseconds UTC, durations are integer milliseconds, intervals are half-open.
 */

import type { ReferencePoll, ReferenceInput, ReferenceStore, Observation } from './facts.js';
import { parseDate } from './local-time.js';
import { type Interval, openingsFor } from './openings.js';

export type Basis = 'all' | 'observed';
/** Milliseconds. `open` is the sum of the other five. */
export interface Parts {
  open: number;
  up: number;
  down: number;
  carriedUp: number;
  carriedDown: number;
  unknown: number;
}
export interface ReferenceRow {
  storeId: string;
  lastHour: Parts;
  lastDay: Parts;
  lastWeek: Parts;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const DEFAULT_POLL_VALID_FOR_MS = 3 * HOUR_MS;
const DEFAULT_ZONE = 'America/Chicago';

/** The breakdown of one store's open time in `[from, to)`. Polls at or after `to` are ignored. */
export function referenceParts(input: ReferenceInput, storeId: string, from: number, to: number): Parts {
  return storeParts(referenceStore(input, storeId), from, to);
}

/** The windows of 1, 24 and 168 elapsed hours before `asOf`, with a row for every store named anywhere in the input. */
export function referenceReport(input: ReferenceInput, asOf: number): ReferenceRow[] {
  return [...indexStores(input)]
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([storeId, store]) => ({
      storeId,
      lastHour: storeParts(store, asOf - HOUR_MS, asOf),
      lastDay: storeParts(store, asOf - DAY_MS, asOf),
      lastWeek: storeParts(store, asOf - 7 * DAY_MS, asOf),
    }));
}

/** Groups the input by store once, for a caller of `storeParts` with many windows of many stores. */
export function indexStores(input: ReferenceInput): Map<string, ReferenceStore> {
  const polls = Map.groupBy(input.polls, (row) => row.storeId);
  const hours = Map.groupBy(input.hours, (row) => row.storeId);
  const zones = Map.groupBy(input.zones, (row) => row.storeId);
  const special = Map.groupBy(input.special ?? [], (row) => row.storeId);
  const lives = Map.groupBy(input.lives ?? [], (row) => row.storeId);
  const stores = new Map<string, ReferenceStore>();
  for (const id of new Set([polls, hours, zones, special, lives].flatMap((rows) => [...rows.keys()]))) {
    const ofStore = {
      polls: polls.get(id) ?? [],
      hours: hours.get(id) ?? [],
      zones: zones.get(id) ?? [],
      special: special.get(id) ?? [],
      lives: lives.get(id) ?? [],
    };
    stores.set(id, prepareStore({ ...input, ...ofStore }));
  }
  return stores;
}

/** The same for a single store. */
export function referenceStore(input: ReferenceInput, storeId: string): ReferenceStore {
  const ofStore = (row: { storeId: string }) => row.storeId === storeId;
  return prepareStore({
    ...input,
    polls: input.polls.filter(ofStore),
    hours: input.hours.filter(ofStore),
    zones: input.zones.filter(ofStore),
    special: (input.special ?? []).filter(ofStore),
    lives: (input.lives ?? []).filter(ofStore),
  });
}

/** For input that has only the rows of a single store. */
function prepareStore(input: ReferenceInput): ReferenceStore {
  const { openedOn, closedOn } = input.lives?.at(-1) ?? { openedOn: null, closedOn: null };
  return {
    polls: observations(input.polls),
    hours: input.hours,
    special: Map.groupBy(input.special ?? [], (row) => parseDate(row.date)),
    firstDate: openedOn === null ? -Infinity : parseDate(openedOn),
    lastDate: closedOn === null ? Infinity : parseDate(closedOn),
    timezone: input.zones.at(-1)?.timezone ?? DEFAULT_ZONE,
    pollValidForMs: input.pollValidForMs ?? DEFAULT_POLL_VALID_FOR_MS,
  };
}

/** Two polls at one instant are one observation, and inactive wins. */
function observations(polls: readonly ReferencePoll[]): Observation[] {
  const activeAt = new Map<number, boolean>();
  for (const { at, active } of polls) activeAt.set(at, active && (activeAt.get(at) ?? true));
  return [...activeAt].map(([at, active]) => ({ at, active })).sort((a, b) => a.at - b.at);
}

// Up, down, carried, unknown

export function storeParts(store: ReferenceStore, from: number, to: number): Parts {
  return storePartsBetween(store, [from, to])[0];
}

/** The same for each segment between consecutive bounds, all as known at the last bound. */
export function storePartsBetween(store: ReferenceStore, bounds: readonly number[]): Parts[] {
  const [from, to] = [bounds[0], bounds.at(-1)!];
  if (bounds.some((bound, i) => i > 0 && bounds[i - 1] > bound)) {
    throw new RangeError(`A window that ends before it starts: ${bounds.join(' to ')}`);
  }
  const polls = store.polls.filter((poll) => poll.at < to);
  const openings = openingsFor(store, evidenceStart(store, polls, from), to);
  const cuts = cutsOf(store, polls, openings, bounds);

  const all = bounds.slice(1).map((): Parts => ({ open: 0, up: 0, down: 0, carriedUp: 0, carriedDown: 0, unknown: 0 }));
  for (const [index, start] of cuts.slice(0, -1).entries()) {
    const opening = openingAt(openings, start);
    if (!opening) continue;
    const length = cuts[index + 1] - start;
    const parts = all[bounds.findLastIndex((bound) => bound <= start)];
    parts.open += length;
    parts[partAt(store, polls, opening, start)] += length;
  }
  return all;
}

/** The earliest poll that can be evidence inside a window that starts at `from`. */
function evidenceStart(store: ReferenceStore, polls: readonly Observation[], from: number): number {
  const firstPoll = polls[0]?.at ?? from;
  return Math.min(from, Math.max(firstPoll, from - store.pollValidForMs));
}

/** Every instant between the bounds where anything can change, and the bounds themselves, in order. */
function cutsOf(
  store: ReferenceStore,
  polls: readonly Observation[],
  openings: readonly Interval[],
  bounds: readonly number[],
): number[] {
  const cuts = [
    ...polls.flatMap((poll) => [poll.at, poll.at + store.pollValidForMs]),
    ...openings.flatMap((opening) => [opening.start, opening.end]),
  ].filter((cut) => cut > bounds[0] && cut < bounds.at(-1)!);
  return [...new Set([...bounds, ...cuts])].sort((a, b) => a - b);
}

/** Which part the instant `at` of `opening` belongs to. */
function partAt(
  store: ReferenceStore,
  polls: readonly Observation[],
  opening: Interval,
  at: number,
): Exclude<keyof Parts, 'open'> {
  const poll = polls.findLast((candidate) => candidate.at <= at);
  if (!poll) return 'unknown';
  // Evidence ends exactly at its age limit. A poll at the opening's first instant is inside it, one at its end is not.
  // `poll.at < opening.end` needs no check, because `poll.at <= at`.
  const observed = at - poll.at < store.pollValidForMs && poll.at >= opening.start;
  if (observed) return poll.active ? 'up' : 'down';
  return poll.active ? 'carriedUp' : 'carriedDown';
}

function openingAt(openings: readonly Interval[], at: number): Interval | undefined {
  return openings.find((opening) => opening.start <= at && at < opening.end);
}

/** Code-point order, which is the byte order of UTF-8, but not the order of JavaScript's UTF-16. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
