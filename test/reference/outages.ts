/**
 * The outages of the reference calculator: for every run of inactive polls, the open time within it. As slow and obvious
 * as the rest, see reference.ts.
 */

import { type Interval, openingsFor } from './openings.js';
import type { ReferenceInput, ReferenceStore } from './facts.js';
import { referenceStore, storeParts } from './reference.js';

const DAY_MS = 86_400_000;

/** Instants and milliseconds. `openMs` is the sum of `downMs` (observed) and `carriedDownMs`. */
export interface ReferenceOutage {
  /** The first open instant of the run. */
  start: number;
  /**
   * The active poll that ended the run when the store is open at that instant, else the end of the run's open time; null while
   * neither an active poll nor the end of the store's last opening has ended it.
   */
  end: number | null;
  openMs: number;
  downMs: number;
  carriedDownMs: number;
  /** The first inactive poll of the run. The store may have been closed then. */
  firstPollAt: number;
  /** The active poll that ended the run. The store may have been closed then. Null without one. */
  endPollAt: number | null;
}

/** Consecutive inactive polls, as many as there are: from the first of them to the store's next active poll. */
interface Run {
  firstPollAt: number;
  endPollAt: number | null;
}

/**
 * The outages of one store that are ongoing at `asOf` or ended after `from`, in time order. Polls at or after `asOf` are
 * ignored. Each outage is told whole, with what lies before `from`.
 */
export function referenceOutages(
  input: ReferenceInput,
  storeId: string,
  from: number,
  asOf: number,
): ReferenceOutage[] {
  return storeOutages(referenceStore(input, storeId), from, asOf);
}

/** The same of a store from `indexStores`. */
export function storeOutages(store: ReferenceStore, from: number, asOf: number): ReferenceOutage[] {
  if (from > asOf) throw new RangeError(`A window that ends before it starts: ${from} to ${asOf}`);
  return inactiveRuns(store, asOf)
    .flatMap((run) => outageOf(store, run, asOf))
    .filter((outage) => outage.end === null || outage.end > from);
}

function inactiveRuns(store: ReferenceStore, asOf: number): Run[] {
  const polls = store.polls.filter((poll) => poll.at < asOf);
  const runs: Run[] = [];
  for (const { at, active } of polls) {
    const before = polls.findLast((poll) => poll.at < at);
    const isFirst = !active && (before === undefined || before.active);
    if (!isFirst) continue;
    const end = polls.find((poll) => poll.at > at && poll.active);
    runs.push({ firstPollAt: at, endPollAt: end?.at ?? null });
  }
  return runs;
}

/** The outage of a run, or none when the store was not open in it. */
function outageOf(store: ReferenceStore, run: Run, asOf: number): ReferenceOutage[] {
  const runEnd = run.endPollAt ?? asOf;
  const open = openWithin(store, run.firstPollAt, runEnd);
  if (open.length === 0) return [];
  const start = Math.min(...open.map((piece) => piece.start));
  const isOpenAtEnd = run.endPollAt !== null && openWithin(store, run.endPollAt, run.endPollAt + 1).length > 0;
  const end = isOpenAtEnd ? runEnd : Math.max(...open.map((piece) => piece.end));
  const isOngoing = run.endPollAt === null && !isOver(store, asOf);
  // No poll of the run is active, and its start is a poll: all of its open time is down or carriedDown.
  const parts = storeParts(store, run.firstPollAt, runEnd);
  return [
    {
      start,
      end: isOngoing ? null : end,
      openMs: parts.open,
      downMs: parts.down,
      carriedDownMs: parts.carriedDown,
      firstPollAt: run.firstPollAt,
      endPollAt: run.endPollAt,
    },
  ];
}

/** Whether the store's life is over: it has a last date, and no opening holds `at` or comes after it. */
function isOver(store: ReferenceStore, at: number): boolean {
  if (store.lastDate === Infinity) return false;
  // An opening ends within two days of its local midnight, and that is less than a day away from the one in UTC.
  for (let day = at; day < store.lastDate + 3 * DAY_MS; day += DAY_MS) {
    if (openWithin(store, day, day + DAY_MS).length > 0) return false;
  }
  return true;
}

/** The pieces of `[from, to)` in which the store is open. */
function openWithin(store: ReferenceStore, from: number, to: number): Interval[] {
  return openingsFor(store, from, to)
    .map((opening) => ({ start: Math.max(opening.start, from), end: Math.min(opening.end, to) }))
    .filter((piece) => piece.start < piece.end);
}
