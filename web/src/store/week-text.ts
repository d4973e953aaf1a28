import { formatDuration } from '../format/duration.js';
import { formatTime } from '../format/time.js';
import type { LocalDay } from './local-time.js';
import { EVIDENCE, type Segment } from './segments.js';

/** A segment as text: status, period, and the polls behind it. */
export function segmentText({ startMs, endMs, evidence, polledAtMs }: Segment, zone: string): string {
  const { name, meaning } = EVIDENCE[evidence];
  const span = `${formatTime(startMs, zone)} to ${formatTime(endMs, zone)} (${formatDuration(endMs - startMs)})`;
  return `${capital(name)}, ${span}: ${meaning}${pollText(polledAtMs, zone)}.`;
}

function pollText(polledAtMs: readonly number[], zone: string): string {
  if (polledAtMs.length === 0) return '';
  const last = formatTime(polledAtMs.at(-1)!, zone);
  return polledAtMs.length === 1 ? `; poll at ${last}` : `; ${polledAtMs.length} polls, the last at ${last}`;
}

/** Explains a day that is not 24 hours long; empty for other days. */
export function clockChangeText({ startMs, endMs, change }: LocalDay, zone: string): string {
  const hours = (endMs - startMs) / 3_600_000;
  if (!change) return hours === 24 ? '' : `This day has ${hours} hours: clocks changed at midnight.`;
  const way = change.byMs > 0 ? 'forward' : 'back';
  const by = formatDuration(Math.abs(change.byMs));
  return `This day has ${hours} hours: after ${formatTime(change.atMs - 1, zone)} clocks go ${way} by ${by}.`;
}

const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);
