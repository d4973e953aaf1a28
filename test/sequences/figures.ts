import { Evidence } from '../../libs/uptime/segments.js';
import type { StatusInterval } from '../../src/features/timelines/status-columns.js';
import type { Parts } from '../reference/reference.js';

export interface Milliseconds {
  open_ms: number;
  up_ms: number;
  down_ms: number;
  carried_up_ms: number;
  carried_down_ms: number;
  unknown_ms: number;
}

export const milliseconds = (parts: Parts): Milliseconds => ({
  open_ms: parts.open,
  up_ms: parts.up,
  down_ms: parts.down,
  carried_up_ms: parts.carriedUp,
  carried_down_ms: parts.carriedDown,
  unknown_ms: parts.unknown,
});

const PART_OF_KIND: Record<Evidence, keyof Parts> = {
  [Evidence.up]: 'up',
  [Evidence.down]: 'down',
  [Evidence.carriedUp]: 'carriedUp',
  [Evidence.carriedDown]: 'carriedDown',
  [Evidence.unknown]: 'unknown',
};

export function sumOf(statuses: readonly StatusInterval[]): Milliseconds {
  const parts: Parts = { open: 0, up: 0, down: 0, carriedUp: 0, carriedDown: 0, unknown: 0 };
  for (const { kind, startMs, endMs } of statuses) {
    parts.open += endMs - startMs;
    parts[PART_OF_KIND[kind]] += endMs - startMs;
  }
  return milliseconds(parts);
}

/** The figures of an explanation in the order of the report's columns: uptime of hour, day and week, then downtime. */
export function explainedFigures(lines: readonly string[]): (string | undefined)[] {
  const figureOf = (column: string): string | undefined =>
    lines.map((line) => new RegExp(`^ *${column}\\(.* = ([\\d.]+) (?:min|h)$`).exec(line)?.[1]).find(Boolean);
  return [
    'uptime_last_hour',
    'uptime_last_day',
    'update_last_week',
    'downtime_last_hour',
    'downtime_last_day',
    'downtime_last_week',
  ].map(figureOf);
}
