/**
 * The outages of the reference calculator: for every run of inactive polls, the open time within it. Slow and obvious,
 * like reference.ts.
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
   * The active poll that ended the run, if the store is open at that instant; otherwise the end of the run's open time.
   * Null while neither an active poll nor the end of the store's last opening has ended it.
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

/** All consecutive inactive polls, up to the store's next active poll. */
interface Run {
  firstPollAt: number;
  endPollAt: number | null;
}

/**
 * The outages of one store that are ongoing at `asOf` or ended after `from`, in time order. Polls at or after `asOf`
 * are ignored. Each outage is complete, including its time before `from`.
 */
export function referenceOutages(
  input: ReferenceInput,
  storeId: string,
  from: number,
  asOf: number,
): ReferenceOutage[] {
  return storeOutages(referenceStore(input, storeId), from, asOf);
}

/** The same for a store from `indexStores`. */
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

/** The outage of a run, or none if the store was not open in it. */
function outageOf(store: ReferenceStore, run: Run, asOf: number): ReferenceOutage[] {
  const runEnd = run.endPollAt ?? asOf;
  const open = openWithin(store, run.firstPollAt, runEnd);
  if (open.length === 0) return [];
  const start = Math.min(...open.map((piece) => piece.start));
  const isOpenAtEnd = run.endPollAt !== null && openWithin(store, run.endPollAt, run.endPollAt + 1).length > 0;
  const end = isOpenAtEnd ? runEnd : Math.max(...open.map((piece) => piece.end));
  const isOngoing = run.endPollAt === null && !isOver(store, asOf);
  // No poll of the run is active, and the run starts at a poll, so all of its open time is down or carriedDown.
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

/** Whether the store's life is over: it has a last date, and no opening contains `at` or starts later. */
function isOver(store: ReferenceStore, at: number): boolean {
  if (store.lastDate === Infinity) return false;
  // An opening ends within two days of its local midnight, which is less than a day from midnight UTC.
  for (let day = at; day < store.lastDate + 3 * DAY_MS; day += DAY_MS) {
    if (openWithin(store, day, day + DAY_MS).length > 0) return false;
  }
  return true;
}

/** The parts of `[from, to)` in which the store is open. */
function openWithin(store: ReferenceStore, from: number, to: number): Interval[] {
  return openingsFor(store, from, to)
    .map((opening) => ({ start: Math.max(opening.start, from), end: Math.min(opening.end, to) }))
    .filter((piece) => piece.start < piece.end);
}
