import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReferenceInput } from './reference.js';

/** The three files of a folder as input of the reference calculator. Reads plain, unquoted files only. */
export function referenceInput(dir: string): ReferenceInput {
  const rows = (name: string): string[][] =>
    readFileSync(join(dir, name), 'utf8')
      .trim()
      .split(/\r?\n/)
      .slice(1)
      .map((line) => line.split(','));
  return {
    polls: rows('store_status.csv').map(([storeId, status, timestamp]) => ({
      storeId: storeId!,
      active: status === 'active',
      at: Date.parse(timestamp!.replace(/^(\S+) (\d\d:\d\d:\d\d)(\.\d{1,3})?\d* UTC$/, '$1T$2$3Z')),
    })),
    hours: rows('business_hours.csv').map(([storeId, day, start, end]) => ({
      storeId: storeId!,
      dayOfWeek: Number(day),
      start: start!,
      end: end!,
    })),
    zones: rows('store_timezones.csv').map(([storeId, timezone]) => ({ storeId: storeId!, timezone: timezone! })),
  };
}
