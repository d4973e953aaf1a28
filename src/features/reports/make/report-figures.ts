import { setImmediate as nextTurn } from 'node:timers/promises';
import { HOUR_MS } from '#libs/instant/instant.js';
import { NO_POLLS } from '#libs/uptime/segments.js';
import { StoreEdges, type WindowFigures, figuresFromPolls, figuresFromRollups } from '#libs/uptime/window-parts.js';
import type { Window } from '#libs/uptime/windows.js';
import type { PollsByKey } from '../../polls/gathered-polls.js';
import type { ReportInputs } from './report-inputs.repository.js';

/** A store's figures, in the order of the windows. */
export interface StoreFigures {
  readonly storeId: string;
  readonly windows: readonly WindowFigures[];
}

/** Stores that are computed before other work of the process gets its turn: some 2 ms. */
const STORES_PER_TURN = 100;

/** The figures of every store, in the order of the report and some stores at a time. */
export async function* reportFigures(
  facts: ReportInputs,
  windows: readonly Window[],
  validForMs: number,
): AsyncGenerator<StoreFigures[]> {
  for (let at = 0; at < facts.stores.length; at += STORES_PER_TURN) {
    const positions = range(at, Math.min(at + STORES_PER_TURN, facts.stores.length));
    const stale = positions.map((position) => facts.stores[position].id).filter((id) => facts.stale.has(id));
    const polls = stale.length > 0 ? await facts.polls(stale) : undefined;
    yield positions.map((position) => figuresOf(facts, position, polls, windows, validForMs));
    await nextTurn();
  }
}

const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);

function figuresOf(
  facts: ReportInputs,
  position: number,
  stalePolls: PollsByKey | undefined,
  windows: readonly Window[],
  validForMs: number,
): StoreFigures {
  const { id, storeId } = facts.stores[position];
  const calendar = facts.calendars.get(id)!;
  if (facts.stale.has(id)) {
    const polls = stalePolls?.get(id) ?? NO_POLLS;
    return {
      storeId,
      windows: windows.map(({ startMs, endMs }) => figuresFromPolls(calendar, polls, validForMs, startMs, endMs)),
    };
  }
  const edges = new StoreEdges(calendar, facts.edges.get(id) ?? NO_POLLS, validForMs);
  return {
    storeId,
    windows: windows.map(({ startMs, endMs }, window) => {
      const rolledToMs = facts.rolled[window].hours.endMs;
      const { parts, polls, rows } = facts.rolled[window].at(position);
      const sum = { parts, polls, firstRowMs: rolledToMs - rows * HOUR_MS };
      return figuresFromRollups(edges, sum, startMs, endMs, rolledToMs);
    }),
  };
}
