import { parse } from 'csv-parse/sync';
import { parseInstant } from '../../libs/instant/instant.js';
import type { ImportKind } from '../../src/ingestion/import.entity.js';
import { readHeader } from '../../src/ingestion/files/header.js';
import { parseStatus, pollTimeProblem } from '../../src/ingestion/poll-fields.js';
import { storeIdProblem } from '../../src/timezones/store-id.js';
import { NOW_MS } from './csv-files.js';

/** What csv-parse makes of a whole file at once: of polls also what is kept of them, one by one. */
export interface Twin {
  readonly read: number;
  readonly polls: string[] | undefined;
}

/** The slow twin; undefined where it has no word: quotes that RFC 4180 does not allow, and headers of no use. */
export function readSlowly(kind: ImportKind, bytes: Buffer): Twin | undefined {
  const [header, ...rows] = recordsOf(bytes) ?? [];
  if (!header) return undefined;
  const columns = readHeader(kind, header);
  if ('problem' in columns) return undefined;
  if (kind !== 'store_status') return { read: rows.length, polls: undefined };
  const polls = new Map<string, boolean>();
  for (const row of rows) {
    const [storeId, statusText, timestamp] = columns.positions.map((position) => row[position]);
    if (row.length !== columns.width || storeIdProblem(storeId) !== undefined) continue;
    const active = parseStatus(statusText);
    const ms = parseInstant(timestamp);
    if (active === undefined || ms === undefined || pollTimeProblem(ms, NOW_MS, -Infinity) !== undefined) continue;
    const key = `${storeId} ${ms}`;
    polls.set(key, active && (polls.get(key) ?? true));
  }
  return {
    read: rows.length,
    polls: [...polls].map(([key, active]) => `${key} ${active ? 'active' : 'inactive'}`).sort(),
  };
}

function recordsOf(bytes: Buffer): string[][] | undefined {
  // a break at the end changes nothing, but then csv-parse takes CRLF as one there too
  const text = Buffer.concat([bytes, Buffer.from('\n')]);
  try {
    return parse(text, {
      bom: true,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
    });
  } catch {
    return undefined;
  }
}
