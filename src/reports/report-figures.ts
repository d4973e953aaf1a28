import { HOUR_MS } from '#libs/instant/instant.js';
import { NO_POLLS } from '#libs/uptime/stretches.js';
import { type WindowFigures, figuresFromPolls, figuresFromRollups } from '#libs/uptime/window-parts.js';
import type { Window } from '#libs/uptime/windows.js';
import type { ReportFacts } from './report-facts.repository.js';

/** A store's figures, in the order of the windows. */
export interface StoreFigures {
  readonly storeId: string;
  readonly windows: readonly WindowFigures[];
}

/** The figures of every store, in the order of the report. */
export function* reportFigures(
  facts: ReportFacts,
  windows: readonly Window[],
  validForMs: number,
): Generator<StoreFigures> {
  for (const [index, { id, storeId }] of facts.stores.entries()) {
    const calendar = facts.calendars.get(id)!;
    const allPolls = facts.stale.get(id);
    const edges = { calendar, polls: facts.edges.get(id) ?? NO_POLLS };
    yield {
      storeId,
      windows: windows.map(({ startMs, endMs }, window) => {
        if (allPolls) return figuresFromPolls(calendar, allPolls, validForMs, startMs, endMs);
        const { rolledToMs } = facts.rolled[window];
        const { parts, polls, rows } = facts.rolled[window].at(index);
        const sum = { parts, polls, firstRowMs: rolledToMs - rows * HOUR_MS };
        return figuresFromRollups(edges, sum, validForMs, startMs, endMs, rolledToMs);
      }),
    };
  }
}
