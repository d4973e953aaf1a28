import { parse } from 'csv-parse/sync';
import { parseInstant } from '../../libs/instant/instant.js';
import type { FileKind } from '#libs/file-kind.js';
import { readHeader } from '../../src/features/ingestion/files/header.js';
import { parseStatus, pollTimeProblem } from '../../src/features/polls/poll-fields.js';
import { storeIdProblem } from '../../src/features/timezones/store-id.js';
import { NOW_MS } from './csv-files.js';

/** What csv-parse reads from a whole file at once. For polls, also which are stored, one by one. */
export interface Twin {
  readonly read: number;
  readonly polls: string[] | undefined;
}

/**
 * The slow twin. Undefined where it cannot decide: quotes that RFC 4180 does not allow, `\"` that may stand for a
 * quote, and unusable headers.
 */
export function readSlowly(kind: FileKind, bytes: Buffer): Twin | undefined {
  const text = textOf(bytes);
  const { delimiter, body } = delimited(text);
  const [header, ...rows] = (body.includes('\\"') ? undefined : recordsOf(body, delimiter)) ?? [];
  if (!header) return undefined;
  const columns = readHeader(kind, header, delimiter.charCodeAt(0));
  if ('problem' in columns) return undefined;
  if (kind !== 'store_status') return { read: rows.length, polls: undefined };
  const polls = new Map<string, boolean>();
  for (const row of rows) {
    if (row.length === columns.width + 1 && /^\s*$/.test(row.at(-1)!)) row.pop();
    const [storeId, statusText, timestamp] = columns.positions.map((position) => row[position]?.trim());
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

/** Decoded by its byte-order mark, if there is one. */
function textOf(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  const encoding = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

/** The separator of the cells, and the text without the line that declares it. */
function delimited(text: string): { delimiter: string; body: string } {
  const [lineBreaks, first] = /^((?:\r\r\n|\r\n|\n|\r)*)([^\r\n]*)/.exec(text)!.slice(1);
  const named = /^"?sep=([,;|\t])"?[^\S\t]*$/i.exec(first)?.[1];
  if (named) return { delimiter: named, body: text.slice(lineBreaks.length + first.length) };
  const count = (delimiter: string): number => first.split(delimiter).length;
  const delimiter = [',', ';', '\t'].reduce((best, other) => (count(other) > count(best) ? other : best));
  return { delimiter, body: text };
}

function recordsOf(text: string, delimiter: string): string[][] | undefined {
  try {
    // A final line break changes nothing, but it makes csv-parse recognize CRLF.
    return parse(`${text}\n`, {
      delimiter,
      record_delimiter: ['\r\r\n', '\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
    });
  } catch {
    return undefined;
  }
}
