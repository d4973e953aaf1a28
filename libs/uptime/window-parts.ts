import { type Calendar, openIntervals } from '../calendar/calendar.js';
import { floorToHour } from '../instant/instant.js';
import { type UptimeBreakdown, addParts, noParts, sumInto } from './breakdown.js';
import { NO_POLLS, type PollColumns, forEachSegment } from './segments.js';

/** The figures of one store in one window. */
export interface WindowFigures {
  readonly parts: Readonly<UptimeBreakdown>;
  /** Polls in the window, inside openings or not. */
  readonly polls: number;
  /** Whether the store was polled at any time before the window's end. */
  readonly everPolled: boolean;
}

/** The data about one store that windows need in addition to its hourly rollups. */
export class StoreEdges {
  private readonly known: { fromMs: number; toMs: number; parts: UptimeBreakdown }[] = [];

  /**
   * @param polls every poll between the start of a window's first hour and the start of the window, and every poll
   *   between each window's `rolledToMs` and its end; plus the last poll before each of these ranges
   */
  constructor(
    readonly calendar: Calendar,
    readonly polls: PollColumns,
    readonly validForMs: number,
  ) {}

  /**
   * The breakdown of an edge, cached because windows that end together share an edge: a report's three windows have six
   * edges, four of them different.
   */
  parts(fromMs: number, toMs: number): Readonly<UptimeBreakdown> {
    const known = this.known.find((edge) => edge.fromMs === fromMs && edge.toMs === toMs);
    if (known) return known.parts;
    const parts = partsFromPolls(this.calendar, this.polls, this.validForMs, fromMs, toMs);
    this.known.push({ fromMs, toMs, parts });
    return parts;
  }
}

/** The sum of a window's hourly rollups in `[floorToHour(startMs), rolledToMs)`. */
export interface RolledSum {
  readonly parts: Readonly<UptimeBreakdown>;
  readonly polls: number;
  /**
   * The hour of the store's first row in that range, or rolledToMs if there is none. The store has no polls before it.
   */
  readonly firstRowMs: number;
}

/** The breakdown of `[fromMs, toMs)`, computed from polls alone. They must reach back as forEachSegment requires. */
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

/** The figures of a window, computed from polls alone. */
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
 * The figures of the window `[startMs, endMs)`, exact to the millisecond. They are the rollups of the whole hours,
 * minus the part of the first hour before the window, plus the time since the last rollup. `rolledToMs` is on the hour
 * and not after `endMs`.
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
