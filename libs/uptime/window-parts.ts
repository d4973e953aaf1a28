import { type Calendar, openIntervals } from '../calendar/calendar.js';
import { floorToHour } from '../instant/instant.js';
import { type Parts, addParts, noParts, sumInto } from './parts.js';
import { type PollColumns, forEachStretch } from './stretches.js';

/** What is known of one store, beside its hourly rollups, to compute any window that ends at as-of. */
export interface StoreEdges {
  readonly calendar: Calendar;
  /**
   * Every poll of the hours that a window cuts and of `[rolledToMs, as-of)`, and for each of these stretches the last
   * poll before it.
   */
  readonly polls: PollColumns;
}

/** The sum of a window's hourly rollups: the rows of `[floorToHour(window start), rolledToMs)`. */
export interface RolledSum {
  readonly parts: Readonly<Parts>;
  /** The hour of the store's first row among them; rolledToMs when there is none. Before it nothing was polled. */
  readonly firstRowMs: number;
}

const NO_POLLS: PollColumns = { polledAtMs: [], active: [], count: 0 };

/** The parts of `[fromMs, toMs)`, straight from polls (which must reach back as forEachStretch says). */
export function partsFromPolls(
  calendar: Calendar,
  polls: PollColumns,
  validForMs: number,
  fromMs: number,
  toMs: number,
): Parts {
  const parts = noParts();
  if (toMs <= fromMs) return parts;
  const openings = openIntervals(calendar, fromMs - validForMs, toMs);
  forEachStretch(polls, openings, validForMs, fromMs, toMs, sumInto(parts, fromMs));
  return parts;
}

/**
 * The parts of the window `[startMs, asOfMs)`, exact to the millisecond: the rollups of the whole hours, less what the
 * window cuts off the first of them, plus what has come since the last (`rolledToMs`, on the hour, not after as-of).
 */
export function partsFromRollups(
  store: StoreEdges,
  sum: RolledSum,
  validForMs: number,
  startMs: number,
  asOfMs: number,
  rolledToMs: number,
): Parts {
  const { calendar, polls } = store;
  if (startMs >= rolledToMs) return partsFromPolls(calendar, polls, validForMs, startMs, asOfMs);
  const parts = addParts(noParts(), sum.parts);
  const firstHourMs = floorToHour(startMs);
  if (sum.firstRowMs <= firstHourMs) {
    addParts(parts, partsFromPolls(calendar, polls, validForMs, firstHourMs, startMs), -1);
  } else {
    addParts(parts, partsFromPolls(calendar, NO_POLLS, validForMs, startMs, sum.firstRowMs));
  }
  return addParts(parts, partsFromPolls(calendar, polls, validForMs, rolledToMs, asOfMs));
}
