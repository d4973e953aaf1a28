import { type Calendar, isOverBy, openIntervals } from '../calendar/calendar.js';
import { Evidence, type PollColumns, forEachSegment } from './segments.js';

/**
 * A segment of inactive open time: from the first open instant of a run of inactive polls to the active poll that ended it, or to
 * the end of the open time before that when the store is closed then. Closed time inside it does not end it, for nobody saw the
 * store come back; an active poll does, wherever it was taken, and so does the end of the store's last opening.
 */
export interface Outage {
  readonly startMs: number;
  /** While it is ongoing, the end of its open time so far. */
  readonly endMs: number;
  readonly isOngoing: boolean;
  /** Open ms lost, all of them inactive: `downMs` while observed, the rest while carried. */
  readonly openMs: number;
  readonly downMs: number;
  /** Index of the first inactive poll of its run. */
  readonly firstPoll: number;
  /** Index of the active poll that ended it; -1: there is none. */
  readonly endPoll: number;
}

/**
 * A store's outages before `toMs`, in order.
 *
 * @param polls those at or after `toMs` are ignored; if the first one is inactive, it must be the first of its run
 */
export function findOutages(calendar: Calendar, polls: PollColumns, validForMs: number, toMs: number): Outage[] {
  const { polledAtMs, active } = polls;
  let count = polls.count;
  while (count > 0 && polledAtMs[count - 1] >= toMs) count--;
  let first = 0;
  while (first < count && active[first] === 1) first++;
  if (first === count) return [];

  const outages: { -readonly [K in keyof Outage]: Outage[K] }[] = [];
  const openings = openIntervals(calendar, polledAtMs[first] - validForMs, toMs);
  let runEnd = -1;
  forEachSegment(polls, openings, validForMs, polledAtMs[first], toMs, (kind, startMs, endMs, poll) => {
    if (kind !== Evidence.down && kind !== Evidence.carriedDown) return;
    if (poll >= runEnd) {
      const run = runAround(active, poll, count);
      runEnd = run.end;
      const endPoll = run.end < count ? run.end : -1;
      outages.push({ startMs, endMs, isOngoing: endPoll < 0, openMs: 0, downMs: 0, firstPoll: run.first, endPoll });
    }
    const outage = outages.at(-1)!;
    outage.endMs = endMs;
    outage.openMs += endMs - startMs;
    if (kind === Evidence.down) outage.downMs += endMs - startMs;
  });
  for (const outage of outages) {
    // an active poll at the first instant of an opening, which no inactive time leads up to
    const endedAtMs = outage.endPoll < 0 ? NaN : polledAtMs[outage.endPoll];
    if (openings.some((opening) => opening.startMs === endedAtMs)) outage.endMs = endedAtMs;
  }
  const last = outages.at(-1);
  if (last?.isOngoing && isOverBy(calendar, toMs)) last.isOngoing = false;
  return outages;
}

/** The run of inactive polls that `poll` is part of: from `first` to before `end`. */
function runAround(active: ArrayLike<number>, poll: number, count: number): { first: number; end: number } {
  let [first, end] = [poll, poll + 1];
  while (first > 0 && active[first - 1] === 0) first--;
  while (end < count && active[end] === 0) end++;
  return { first, end };
}
