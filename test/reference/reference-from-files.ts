import type { ReferenceInput } from './facts.js';

/** Converts the text of the three files to the input of the reference calculator. Reads only unquoted files. */
export function referenceInput(files: {
  store_status: string;
  business_hours: string;
  store_timezones: string;
}): ReferenceInput {
  return {
    polls: rows(files.store_status).map(([storeId, status, timestamp]) => ({
      storeId: storeId,
      active: status === 'active',
      at: Date.parse(timestamp.replace(/^(\S+) (\d\d:\d\d:\d\d)(\.\d{1,3})?\d* UTC$/, '$1T$2$3Z')),
    })),
    hours: rows(files.business_hours).map(([storeId, day, start, end]) => ({
      storeId: storeId,
      dayOfWeek: Number(day),
      start: start,
      end: end,
    })),
    zones: rows(files.store_timezones).map(([storeId, timezone]) => ({ storeId: storeId, timezone: timezone })),
  };
}

function rows(csv: string): string[][] {
  const lines = csv.trim().split(/\r?\n/);
  return lines.slice(1).map((line) => line.split(','));
}
