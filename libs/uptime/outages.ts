import { type Calendar, isOverBy, openIntervals } from '../calendar/calendar.js';
import { Evidence, type PollColumns, forEachSegment } from './segments.js';

/**
 * Inactive open time: from the first open instant of a run of inactive polls to the active poll that ends the run. If
 * the store is closed at that poll, the outage ends with the open time before it. Closed time does not end an outage,
 * because nothing shows that the store came back. An active poll ends it, wherever it was taken, and so does the end of
 * the store's last opening.
 */
export interface Outage {
  readonly startMs: number;
  /** For an ongoing outage, the end of its open time so far. */
  readonly endMs: number;
  readonly isOngoing: boolean;
  /** Inactive open time in ms. `downMs` of it is observed, the rest is carried. */
  readonly openMs: number;
  readonly downMs: number;
  /** Index of the first inactive poll of the run. */
  readonly firstPoll: number;
  /** Index of the active poll that ended the run; -1 if there is none. */
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
    // An active poll at the first instant of an opening has no inactive time right before it.
    const endedAtMs = outage.endPoll < 0 ? NaN : polledAtMs[outage.endPoll];
    if (openings.some((opening) => opening.startMs === endedAtMs)) outage.endMs = endedAtMs;
  }
  const last = outages.at(-1);
  if (last?.isOngoing && isOverBy(calendar, toMs)) last.isOngoing = false;
  return outages;
}

/** The run of inactive polls that contains `poll`: from `first` up to, but not including, `end`. */
function runAround(active: ArrayLike<number>, poll: number, count: number): { first: number; end: number } {
  let [first, end] = [poll, poll + 1];
  while (first > 0 && active[first - 1] === 0) first--;
  while (end < count && active[end] === 0) end++;
  return { first, end };
}
