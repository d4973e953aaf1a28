import { type Calendar, openIntervals } from '../calendar/calendar.js';
import { floorToHour } from '../instant/instant.js';
import { type UptimeBreakdown, addParts, noParts, sumInto } from './breakdown.js';
import { NO_POLLS, type PollColumns, forEachSegment } from './segments.js';

/** A store in a window. */
export interface WindowFigures {
  readonly parts: Readonly<UptimeBreakdown>;
  /** Polls taken in the window, inside openings or not. */
  readonly polls: number;
  /** Whether the store was polled at any time before the window's end. */
  readonly everPolled: boolean;
}

/** What is known of one store, beside its hourly rollups, to compute windows. */
export class StoreEdges {
  private readonly known: { fromMs: number; toMs: number; parts: UptimeBreakdown }[] = [];

  /**
   * @param polls every poll of the segments that windows cut off their first hours and of those from each window's
   *              `rolledToMs` to its end, and for each of these segments the last poll before it
   */
  constructor(
    readonly calendar: Calendar,
    readonly polls: PollColumns,
    readonly validForMs: number,
  ) {}

  /** The parts of an edge. Windows that end together share it: of the six edges of a report's three, four differ. */
  parts(fromMs: number, toMs: number): Readonly<UptimeBreakdown> {
    const known = this.known.find((edge) => edge.fromMs === fromMs && edge.toMs === toMs);
    if (known) return known.parts;
    const parts = partsFromPolls(this.calendar, this.polls, this.validForMs, fromMs, toMs);
    this.known.push({ fromMs, toMs, parts });
    return parts;
  }
}

/** The sum of a window's hourly rollups: the rows of `[floorToHour(startMs), rolledToMs)`. */
export interface RolledSum {
  readonly parts: Readonly<UptimeBreakdown>;
  readonly polls: number;
  /** The hour of the store's first row among them; rolledToMs when there is none. Before it nothing was polled. */
  readonly firstRowMs: number;
}

/** The parts of `[fromMs, toMs)`, straight from polls (which must reach back as forEachSegment says). */
export function partsFromPolls(
  calendar: Calendar,
  polls: PollColumns,
  validForMs: number,
  fromMs: number,
  toMs: number,
): UptimeBreakdown {
  const parts = noParts();
  if (toMs <= fromMs) return parts;
  const openings = openIntervals(calendar, fromMs - validForMs, toMs);
  forEachSegment(polls, openings, validForMs, fromMs, toMs, sumInto(parts, fromMs));
  return parts;
}

/** The same as figures of a window. */
export function figuresFromPolls(
  calendar: Calendar,
  polls: PollColumns,
  validForMs: number,
  startMs: number,
  endMs: number,
): WindowFigures {
  return {
    parts: partsFromPolls(calendar, polls, validForMs, startMs, endMs),
    polls: countPolls(polls, startMs, endMs),
    everPolled: polls.count > 0 && polls.polledAtMs[0] < endMs,
  };
}

/**
 * The figures of the window `[startMs, endMs)`, exact to the millisecond: the rollups of the whole hours, less what the
 * window cuts off the first of them, plus what has come since the last (`rolledToMs`, on the hour, not after the end).
 */
export function figuresFromRollups(
  store: StoreEdges,
  sum: RolledSum,
  startMs: number,
  endMs: number,
  rolledToMs: number,
): WindowFigures {
  const { calendar, polls, validForMs } = store;
  if (startMs >= rolledToMs) return figuresFromPolls(calendar, polls, validForMs, startMs, endMs);
  const parts = addParts(noParts(), sum.parts);
  const firstHourMs = floorToHour(startMs);
  if (sum.firstRowMs <= firstHourMs) {
    addParts(parts, store.parts(firstHourMs, startMs), -1);
  } else {
    addParts(parts, partsFromPolls(calendar, NO_POLLS, validForMs, startMs, sum.firstRowMs));
  }
  addParts(parts, store.parts(rolledToMs, endMs));
  return {
    parts,
    polls: sum.polls - countPolls(polls, firstHourMs, startMs) + countPolls(polls, rolledToMs, endMs),
    everPolled: sum.firstRowMs < rolledToMs || (polls.count > 0 && polls.polledAtMs[0] < endMs),
  };
}

function countPolls({ polledAtMs, count }: PollColumns, fromMs: number, toMs: number): number {
  let polls = 0;
  for (let i = 0; i < count && polledAtMs[i] < toMs; i++) if (polledAtMs[i] >= fromMs) polls++;
  return polls;
}
