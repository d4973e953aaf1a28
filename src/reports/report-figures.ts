import { HOUR_MS } from '#libs/instant/instant.js';
import type { Parts } from '#libs/uptime/parts.js';
import { noParts } from '#libs/uptime/parts.js';
import type { PollColumns } from '#libs/uptime/stretches.js';
import { partsFromPolls, partsFromRollups } from '#libs/uptime/window-parts.js';
import type { ReportFacts } from './report-facts.repository.js';

/** A store's parts, a window each, in the order of the windows. */
export interface StoreFigures {
  readonly storeId: string;
  readonly windows: readonly Parts[];
}

const NO_POLLS: PollColumns = { polledAtMs: [], active: [], count: 0 };

/** The figures of every store, in the order of the report. */
export function* reportFigures(
  facts: ReportFacts,
  asOfMs: number,
  startsMs: readonly number[],
  validForMs: number,
): Generator<StoreFigures> {
  for (const { id, storeId } of facts.stores) {
    const calendar = facts.calendars.get(id)!;
    const allPolls = facts.stale.get(id);
    const edges = { calendar, polls: facts.edges.get(id) ?? NO_POLLS };
    const windows = startsMs.map((startMs, window) => {
      if (allPolls) return partsFromPolls(calendar, allPolls, validForMs, startMs, asOfMs);
      const sum = facts.sums[window].get(id);
      const rolled = { parts: sum?.parts ?? noParts(), firstRowMs: facts.rolledToMs - (sum?.rows ?? 0) * HOUR_MS };
      return partsFromRollups(edges, rolled, validForMs, startMs, asOfMs, facts.rolledToMs);
    });
    yield { storeId, windows };
  }
}
