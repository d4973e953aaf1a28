import { setImmediate as nextTurn } from 'node:timers/promises';
import { stringify } from 'csv-stringify/sync';
import { HOUR_MS, MINUTE_MS } from '#libs/instant/instant.js';
import { type Basis, downtimeMs, formatHundredths, uptimeMs } from '#libs/uptime/parts.js';
import { defused } from '../transport/csv-cell.js';
import type { StoreFigures } from './report-figures.js';

/** The format that users already parse; the third name is spelt so there. */
const HEADER = [
  'store_id',
  'uptime_last_hour(in minutes)',
  'uptime_last_day(in hours)',
  'update_last_week(in hours)',
  'downtime_last_hour(in minutes)',
  'downtime_last_day(in hours)',
  'downtime_last_week(in hours)',
];

const UNITS_MS = [MINUTE_MS, HOUR_MS, HOUR_MS] as const;

/** Rows that are computed and written before other work of the process gets its turn. */
const ROWS_PER_TURN = 250;

/** The seven-column CSV (RFC 4180, lines end with LF), in pieces. */
export async function* reportCsv(
  figures: Iterable<StoreFigures>,
  basis: Basis,
  onProgress: (stores: number) => void = () => {},
): AsyncGenerator<string> {
  yield stringify([HEADER]);
  let rows: string[][] = [];
  let stores = 0;
  for (const { storeId, windows } of figures) {
    rows.push([
      defused(storeId),
      ...windows.map((parts, i) => formatHundredths(uptimeMs(parts, basis), UNITS_MS[i])),
      ...windows.map((parts, i) => formatHundredths(downtimeMs(parts, basis), UNITS_MS[i])),
    ]);
    stores++;
    if (rows.length < ROWS_PER_TURN) continue;
    yield stringify(rows);
    rows = [];
    onProgress(stores);
    await nextTurn();
  }
  yield stringify(rows);
  onProgress(stores);
}
