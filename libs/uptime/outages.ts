import { type Interval } from '../intervals/intervals.js';
import { Kind, type PollColumns, forEachStretch } from './stretches.js';

/**
 * A stretch of inactive open time: from the first open instant of a run of inactive polls to the end of its open time.
 * Closed time inside it does not end it, for nobody saw the store come back; an active poll does, wherever it was taken.
 */
export interface Outage {
  readonly startMs: number;
  /** The end of its open time so far. */
  readonly endMs: number;
  /** Open ms lost, all of them inactive: `downMs` while observed, the rest while carried. */
  readonly openMs: number;
  readonly downMs: number;
  /** Index of the first inactive poll of its run. */
  readonly firstPoll: number;
  /** Index of the active poll that ended it; -1: it is ongoing. */
  readonly endPoll: number;
}

/**
 * A store's outages before `toMs`, in order.
 *
 * @param polls    from the first of an inactive run, or from any active poll, on; those at or after `toMs` are ignored
 * @param openings united, from the first poll less `validForMs` on
 */
export function findOutages(
  polls: PollColumns,
  openings: readonly Interval[],
  validForMs: number,
  toMs: number,
): Outage[] {
  const outages: { -readonly [K in keyof Outage]: Outage[K] }[] = [];
  let [runEnd, current] = [-1, -1];
  forEachStretch(
    polls,
    openings,
    validForMs,
    polls.count > 0 ? polls.polledAtMs[0] : toMs,
    toMs,
    (kind, startMs, endMs, poll) => {
      if (kind !== Kind.down && kind !== Kind.carriedDown) return;
      if (poll >= runEnd) {
        // the first open time of another run
        let [firstPoll, endPoll] = [poll, poll + 1];
        while (firstPoll > 0 && polls.active[firstPoll - 1] === 0) firstPoll--;
        while (endPoll < polls.count && polls.polledAtMs[endPoll] < toMs && polls.active[endPoll] === 0) endPoll++;
        runEnd = endPoll;
        const isOngoing = endPoll === polls.count || polls.polledAtMs[endPoll] >= toMs;
        current =
          outages.push({ startMs, endMs, openMs: 0, downMs: 0, firstPoll, endPoll: isOngoing ? -1 : endPoll }) - 1;
      }
      const outage = outages[current];
      outage.endMs = endMs;
      outage.openMs += endMs - startMs;
      if (kind === Kind.down) outage.downMs += endMs - startMs;
    },
  );
  return outages;
}
