import type { Basis, Parts, ReferenceRow } from './reference.js';

/** The reference's CSV. */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const HEADER = [
  'store_id',
  'uptime_last_hour(in minutes)',
  'uptime_last_day(in hours)',
  'update_last_week(in hours)', // spelled so in the format that users already parse
  'downtime_last_hour(in minutes)',
  'downtime_last_day(in hours)',
  'downtime_last_week(in hours)',
];

export function referenceCsv(rows: readonly ReferenceRow[], basis: Basis): string {
  const lines = rows.map((row) => [
    csvCell(row.storeId),
    twoDecimals(uptime(row.lastHour, basis), MINUTE_MS),
    twoDecimals(uptime(row.lastDay, basis), HOUR_MS),
    twoDecimals(uptime(row.lastWeek, basis), HOUR_MS),
    twoDecimals(downtime(row.lastHour, basis), MINUTE_MS),
    twoDecimals(downtime(row.lastDay, basis), HOUR_MS),
    twoDecimals(downtime(row.lastWeek, basis), HOUR_MS),
  ]);
  return [HEADER, ...lines].map((cells) => `${cells.join(',')}\n`).join('');
}

function uptime(parts: Parts, basis: Basis): number {
  return basis === 'all' ? parts.up + parts.carriedUp : parts.up;
}

function downtime(parts: Parts, basis: Basis): number {
  return basis === 'all' ? parts.open - uptime(parts, 'all') : parts.down;
}

/** `ms` in units of `unitMs`, rounded half up with integers only. */
function twoDecimals(ms: number, unitMs: number): string {
  const hundredths = (BigInt(ms) * 100n + BigInt(unitMs / 2)) / BigInt(unitMs);
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`;
}

/** A cell that a spreadsheet would run gets a leading apostrophe, and is then quoted as RFC 4180 requires. */
function csvCell(text: string): string {
  const runs = /^[=+\-@\t\r]/.test(text) && !/^-\d+$/.test(text);
  const cell = runs ? `'${text}` : text;
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
