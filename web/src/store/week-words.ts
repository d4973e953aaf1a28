import { spoken } from '../format/duration.js';
import { inZone } from '../format/time.js';
import type { LocalDay } from './local-time.js';
import { LOOKS, type Stretch } from './stretches.js';

/** A stretch in a sentence: what, from when to when, and how that is known. */
export function stretchInWords({ startMs, endMs, look, polledAtMs }: Stretch, zone: string): string {
  const { name, meaning } = LOOKS[look];
  const span = `${inZone(startMs, zone)} to ${inZone(endMs, zone)} (${spoken(endMs - startMs)})`;
  return `${capital(name)}, ${span}: ${meaning}${evidence(polledAtMs, zone)}.`;
}

function evidence(polledAtMs: readonly number[], zone: string): string {
  if (polledAtMs.length === 0) return '';
  const last = inZone(polledAtMs.at(-1)!, zone);
  return polledAtMs.length === 1 ? `; polled ${last}` : `; ${polledAtMs.length} polls, the last ${last}`;
}

/** What is odd about a day's length; nothing in most. */
export function changeInWords({ startMs, endMs, change }: LocalDay, zone: string): string {
  const hours = (endMs - startMs) / 3_600_000;
  if (!change) return hours === 24 ? '' : `A day of ${hours} hours: clocks changed as it began.`;
  const way = change.byMs > 0 ? 'forward' : 'back';
  const by = spoken(Math.abs(change.byMs));
  return `A day of ${hours} hours: after ${inZone(change.atMs - 1, zone)} clocks go ${way} by ${by}.`;
}

const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);
