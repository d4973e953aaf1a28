import { HOUR_MS } from '../instant/instant.js';
import { type Interval } from '../intervals/intervals.js';
import { Evidence, type PollColumns, forEachSegment } from './segments.js';

/**
 * One store's hourly rollups in columns, one row per hour. Index 0 is `firstHourMs`; only the first `count` entries are
 * valid. Unknown time is the rest of open time. Each row also has the status in force at its end, so that a later hour
 * can be computed without older data.
 */
export interface HourRows {
  readonly firstHourMs: number;
  readonly count: number;
  readonly openMs: Int32Array;
  readonly upMs: Int32Array;
  readonly downMs: Int32Array;
  readonly carriedUpMs: Int32Array;
  readonly carriedDownMs: Int32Array;
  /** Polls in the hour, inside openings or not. */
  readonly polls: Int32Array;
  /** When the status in force at the hour's end was polled, epoch ms; NaN if there is none. */
  readonly lastPolledAtMs: Float64Array;
  /** That status: 1 active, 0 inactive. */
  readonly lastActive: Uint8Array;
}

/**
 * Computes the rollups of `[firstHourMs, endHourMs)`, both on the hour. `polls` and `openings` are as forEachSegment
 * requires them.
 * @param memory holds the result. If it is reused, the result is valid only until the next computation.
 */
export function computeHourRows(
  polls: PollColumns,
  openings: readonly Interval[],
  validForMs: number,
  firstHourMs: number,
  endHourMs: number,
  memory = new HourColumns(),
): HourRows {
  const count = Math.max(0, (endHourMs - firstHourMs) / HOUR_MS);
  const rows = { firstHourMs, count, ...memory.clear(count) };
  const columnOfKind = [rows.upMs, rows.downMs, rows.carriedUpMs, rows.carriedDownMs];
  forEachSegment(polls, openings, validForMs, firstHourMs, endHourMs, (kind, startMs, endMs) => {
    const part = kind === Evidence.unknown ? undefined : columnOfKind[kind];
    let hour = Math.floor((startMs - firstHourMs) / HOUR_MS);
    for (let at = startMs; at < endMs; hour++) {
      const until = Math.min(endMs, firstHourMs + (hour + 1) * HOUR_MS);
      rows.openMs[hour] += until - at;
      if (part) part[hour] += until - at;
      at = until;
    }
  });
  fillPolls(rows, polls);
  return rows;
}

type Columns = Omit<HourRows, 'firstHourMs' | 'count'>;

/**
 * Reusable memory for the columns: a first roll-up computes fourteen thousand store-weeks, and each would allocate its
 * own.
 */
export class HourColumns {
  private columns: Columns | undefined;

  /** Columns with at least `count` zeros. */
  clear(count: number): Columns {
    if (!this.columns || count > this.columns.lastActive.length) return (this.columns = columnsOf(count));
    for (const column of Object.values(this.columns)) column.fill(0, 0, count);
    return this.columns;
  }
}

function columnsOf(count: number): Columns {
  const column = (): Int32Array => new Int32Array(count);
  return {
    openMs: column(),
    upMs: column(),
    downMs: column(),
    carriedUpMs: column(),
    carriedDownMs: column(),
    polls: column(),
    lastPolledAtMs: new Float64Array(count),
    lastActive: new Uint8Array(count),
  };
}

function fillPolls(rows: HourRows, polls: PollColumns): void {
  let next = 0;
  for (let hour = 0; hour < rows.count; hour++) {
    const startMs = rows.firstHourMs + hour * HOUR_MS;
    while (next < polls.count && polls.polledAtMs[next] < startMs + HOUR_MS) {
      if (polls.polledAtMs[next] >= startMs) rows.polls[hour]++;
      next++;
    }
    rows.lastPolledAtMs[hour] = next > 0 ? polls.polledAtMs[next - 1] : NaN;
    rows.lastActive[hour] = next > 0 ? polls.active[next - 1] : 0;
  }
}
