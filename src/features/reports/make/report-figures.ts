import { setImmediate as nextTurn } from 'node:timers/promises';
import { HOUR_MS } from '#libs/instant/instant.js';
import { NO_POLLS } from '#libs/uptime/segments.js';
import { StoreEdges, type WindowFigures, figuresFromPolls, figuresFromRollups } from '#libs/uptime/window-parts.js';
import type { Window } from '#libs/uptime/windows.js';
import type { PollsByKey } from '../../polls/gathered-polls.js';
import type { ReportInputs } from './report-inputs.js';

/** A store's figures, in window order. */
export interface StoreFigures {
  readonly storeId: string;
  readonly windows: readonly WindowFigures[];
  /** Of each requested column of names and tags; absent: none is requested. */
  readonly values?: readonly (string | null)[];
}

/** Stores computed between two yields to the event loop: about 2 ms. */
const STORES_PER_TURN = 100;

/** The figures of every store, in report order and in batches. */
export async function* reportFigures(
  inputs: ReportInputs,
  windows: readonly Window[],
  validForMs: number,
): AsyncGenerator<StoreFigures[]> {
  for (let at = 0; at < inputs.stores.length; at += STORES_PER_TURN) {
    const positions = range(at, Math.min(at + STORES_PER_TURN, inputs.stores.length));
    const stale = positions.map((position) => inputs.stores[position].id).filter((id) => inputs.stale.has(id));
    const polls = stale.length > 0 ? await inputs.polls(stale) : undefined;
    yield positions.map((position) => figuresOf(inputs, position, polls, windows, validForMs));
    await nextTurn();
  }
}

const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);

function figuresOf(
  inputs: ReportInputs,
  position: number,
  stalePolls: PollsByKey | undefined,
  windows: readonly Window[],
  validForMs: number,
): StoreFigures {
  const { id, storeId } = inputs.stores[position];
  const calendar = inputs.calendars.get(id)!;
  if (inputs.stale.has(id)) {
    const polls = stalePolls?.get(id) ?? NO_POLLS;
    return {
      storeId,
      windows: windows.map(({ startMs, endMs }) => figuresFromPolls(calendar, polls, validForMs, startMs, endMs)),
    };
  }
  const edges = new StoreEdges(calendar, inputs.edges.get(id) ?? NO_POLLS, validForMs);
  return {
    storeId,
    windows: windows.map(({ startMs, endMs }, window) => {
      const rolledToMs = inputs.rolled[window].hours.endMs;
      const { parts, polls, rows } = inputs.rolled[window].at(position);
      const sum = { parts, polls, firstRowMs: rolledToMs - rows * HOUR_MS };
      return figuresFromRollups(edges, sum, startMs, endMs, rolledToMs);
    }),
  };
}
