/**
 * The reference calculator: slow and obvious, against which the product is checked. It shares no code with it, and uses
 * neither rollups, nor SQL, nor Luxon. For one store and one window it cuts the time line at every instant where
 * anything can change, and asks of each piece: open? which poll is in force? is that poll still good evidence?
 *
 * Instants are epoch milliseconds UTC, durations are integer milliseconds, intervals are half-open.
 */

import { dateOf, dayOfWeek, parseDate, toUtc } from './local-time.js';

export type Basis = 'all' | 'observed';
export interface ReferencePoll {
  storeId: string;
  active: boolean;
  at: number;
}
/** `dayOfWeek` 0 is Monday; `start` and `end` are local `HH:MM[:SS]`, and `end` may be `24:00:00`. */
export interface ReferenceHours {
  storeId: string;
  dayOfWeek: number;
  start: string;
  end: string;
}
/** An IANA zone name. The last row of a store wins. */
export interface ReferenceZone {
  storeId: string;
  timezone: string;
}
/**
 * The openings of one local date (`YYYY-MM-DD`), in place of those of its weekday. `start` and `end` are as in
 * `ReferenceHours`, or both null: closed. The rows of a date are a set, to which a closed row adds no opening.
 */
export interface ReferenceSpecialHours {
  storeId: string;
  date: string;
  start: string | null;
  end: string | null;
}
/** The first and the last local date (`YYYY-MM-DD`) on which an opening can start. The last row of a store wins. */
export interface ReferenceLife {
  storeId: string;
  openedOn: string | null;
  closedOn: string | null;
}
export interface ReferenceInput {
  polls: readonly ReferencePoll[];
  hours: readonly ReferenceHours[];
  zones: readonly ReferenceZone[];
  special?: readonly ReferenceSpecialHours[];
  lives?: readonly ReferenceLife[];
  pollValidForMs?: number;
}
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

/** All that is known of one store. `polls` are in time order, one an instant; `special` is by local date. */
export interface ReferenceStore {
  polls: readonly Observation[];
  hours: readonly ReferenceHours[];
  special: ReadonlyMap<number, readonly ReferenceSpecialHours[]>;
  firstDate: number;
  lastDate: number;
  timezone: string;
  pollValidForMs: number;
}
interface Observation {
  at: number;
  active: boolean;
}
export interface Interval {
  start: number;
  end: number;
}
/** Local times of day, of an opening that starts on a date known from elsewhere. */
interface LocalHours {
  start: string;
  end: string;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const DEFAULT_POLL_VALID_FOR_MS = 3 * HOUR_MS;
const DEFAULT_ZONE = 'America/Chicago';
const WHOLE_DAY: LocalHours = { start: '00:00', end: '24:00' };

/** The five parts of one store's open time in `[from, to)`. Polls at or after `to` are ignored. */
export function referenceParts(input: ReferenceInput, storeId: string, from: number, to: number): Parts {
  return storeParts(referenceStore(input, storeId), from, to);
}

/** The windows of 1, 24 and 168 elapsed hours before `asOf`, a row for every store that any list of the input names. */
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

/** Sorts the input by store once: for a caller that asks for many windows of many stores with `storeParts`. */
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

/** From an input that has the rows of a single store. */
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

/** Two polls at one instant are one observation, in which inactive wins. */
function observations(polls: readonly ReferencePoll[]): Observation[] {
  const activeAt = new Map<number, boolean>();
  for (const { at, active } of polls) activeAt.set(at, active && (activeAt.get(at) ?? true));
  return [...activeAt].map(([at, active]) => ({ at, active })).sort((a, b) => a.at - b.at);
}

// Up, down, carried, unknown

export function storeParts(store: ReferenceStore, from: number, to: number): Parts {
  if (from > to) throw new RangeError(`A window that ends before it starts: ${from} to ${to}`);
  const polls = store.polls.filter((poll) => poll.at < to);
  const openings = openingsFor(store, evidenceStart(store, polls, from), to);
  const cuts = cutsOf(store, polls, openings, from, to);

  const parts: Parts = { open: 0, up: 0, down: 0, carriedUp: 0, carriedDown: 0, unknown: 0 };
  for (const [index, start] of cuts.slice(0, -1).entries()) {
    const opening = openingAt(openings, start);
    if (!opening) continue;
    const length = cuts[index + 1] - start;
    parts.open += length;
    parts[partAt(store, polls, opening, start)] += length;
  }
  return parts;
}

/** The earliest poll that can be evidence inside a window that starts at `from`. */
function evidenceStart(store: ReferenceStore, polls: readonly Observation[], from: number): number {
  const firstPoll = polls[0]?.at ?? from;
  return Math.min(from, Math.max(firstPoll, from - store.pollValidForMs));
}

/** Every instant of the window where anything can change, in order. Between two of them everything is constant. */
function cutsOf(
  store: ReferenceStore,
  polls: readonly Observation[],
  openings: readonly Interval[],
  from: number,
  to: number,
): number[] {
  const cuts = [
    ...polls.flatMap((poll) => [poll.at, poll.at + store.pollValidForMs]),
    ...openings.flatMap((opening) => [opening.start, opening.end]),
  ].filter((cut) => cut > from && cut < to);
  return [...new Set([from, ...cuts, to])].sort((a, b) => a - b);
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
  // Evidence ends at exactly its age limit. A poll at the opening's first instant is inside it, one at its end is not.
  // `poll.at < opening.end` needs no check, because `poll.at <= at`.
  const observed = at - poll.at < store.pollValidForMs && poll.at >= opening.start;
  if (observed) return poll.active ? 'up' : 'down';
  return poll.active ? 'carriedUp' : 'carriedDown';
}

// Open time

function openingAt(openings: readonly Interval[], at: number): Interval | undefined {
  return openings.find((opening) => opening.start <= at && at < opening.end);
}

/**
 * The united openings that meet `[from, to]`, cut off no nearer than that. Two instants of the range are in one opening
 * of the unbounded calendar exactly if they are in one of these: only rows that meet the time between them can tell.
 */
export function openingsFor(store: ReferenceStore, from: number, to: number): Interval[] {
  if (isAlwaysOpen(store)) return [{ start: -Infinity, end: Infinity }];
  // Local dates and UTC dates differ by at most one, and an interval ends at most one local date after it starts; a
  // skipped local day may add one. More days than needed do no harm.
  const firstDate = dateOf(from) - 4 * DAY_MS;
  const lastDate = dateOf(to) + 2 * DAY_MS;
  const intervals: Interval[] = [];
  for (let date = firstDate; date <= lastDate; date += DAY_MS) {
    for (const row of hoursOn(date, store)) intervals.push(intervalOn(date, row, store.timezone));
  }
  return unite(intervals);
}

function isAlwaysOpen(store: ReferenceStore): boolean {
  const limited = store.firstDate > -Infinity || store.lastDate < Infinity;
  return store.hours.length === 0 && store.special.size === 0 && !limited;
}

/**
 * The rows whose openings start on the local date `date`: none outside of the store's life, else the special hours of
 * that very date, else those of its weekday. They say nothing of an opening that the date before has begun, which goes
 * on into this one. A store without weekly rows is open on the whole of a date without special hours.
 */
function hoursOn(date: number, store: ReferenceStore): LocalHours[] {
  if (date < store.firstDate || date > store.lastDate) return [];
  const special = store.special.get(date);
  if (special) return special.flatMap(openingOf);
  if (store.hours.length === 0) return [WHOLE_DAY];
  return store.hours.filter((row) => row.dayOfWeek === dayOfWeek(date));
}

function openingOf({ date, start, end }: ReferenceSpecialHours): LocalHours[] {
  if (start === null && end === null) return [];
  if (start === null || end === null) throw new RangeError(`Special hours with a start or an end only: ${date}`);
  return [{ start, end }];
}

/** Rows that overlap or touch are one opening; empty ones are none. */
function unite(intervals: readonly Interval[]): Interval[] {
  const united: Interval[] = [];
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    if (end <= start) continue;
    const last = united.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else united.push({ start, end });
  }
  return united;
}

/**
 * The interval of a row that starts on the local date `date`. An end of 23:59 or later becomes 24:00 before it is
 * compared with the start: 22:00 to 23:59:59 is two hours, 23:59:00 to 23:59:30 is the minute until midnight. Only then
 * does `end <= start` mean the next date. Each end is converted to UTC by itself, so on a night when the clocks change
 * the interval can be longer, shorter, or empty (`end <= start` in UTC).
 */
function intervalOn(date: number, row: LocalHours, zone: string): Interval {
  const start = timeOfDay(row.start);
  const end = timeOfDay(row.end) >= timeOfDay('23:59') ? DAY_MS : timeOfDay(row.end);
  const endDate = end <= start ? date + DAY_MS : date;
  return { start: toUtc(date + start, zone), end: toUtc(endDate + end, zone) };
}

/** Milliseconds since the local midnight. */
function timeOfDay(text: string): number {
  const match = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!match) throw new RangeError(`Not a time of day: ${text}`);
  const [, hours, minutes, seconds = '0'] = match;
  return Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
}

// The CSV

const HEADER = [
  'store_id',
  'uptime_last_hour(in minutes)',
  'uptime_last_day(in hours)',
  'update_last_week(in hours)', // spelled so in the format that users already parse
  'downtime_last_hour(in minutes)',
  'downtime_last_day(in hours)',
  'downtime_last_week(in hours)',
];

export function referenceCsv(rows: readonly ReferenceRow[], basis: Basis): string {
  const lines = rows.map((row) => [
    csvCell(row.storeId),
    twoDecimals(uptime(row.lastHour, basis), MINUTE_MS),
    twoDecimals(uptime(row.lastDay, basis), HOUR_MS),
    twoDecimals(uptime(row.lastWeek, basis), HOUR_MS),
    twoDecimals(downtime(row.lastHour, basis), MINUTE_MS),
    twoDecimals(downtime(row.lastDay, basis), HOUR_MS),
    twoDecimals(downtime(row.lastWeek, basis), HOUR_MS),
  ]);
  return [HEADER, ...lines].map((cells) => `${cells.join(',')}\n`).join('');
}

function uptime(parts: Parts, basis: Basis): number {
  return basis === 'all' ? parts.up + parts.carriedUp : parts.up;
}

function downtime(parts: Parts, basis: Basis): number {
  return basis === 'all' ? parts.open - uptime(parts, 'all') : parts.down;
}

/** `ms` in units of `unitMs`, half up, in integers only. */
function twoDecimals(ms: number, unitMs: number): string {
  const hundredths = (BigInt(ms) * 100n + BigInt(unitMs / 2)) / BigInt(unitMs);
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`;
}

/** A cell that a spreadsheet would run is defused with an apostrophe first, then quoted as RFC 4180 asks. */
function csvCell(text: string): string {
  const runs = /^[=+\-@\t\r]/.test(text) && !/^-\d+$/.test(text);
  const cell = runs ? `'${text}` : text;
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The byte order of UTF-8 is the order of code points; that of JavaScript's UTF-16 is not. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
