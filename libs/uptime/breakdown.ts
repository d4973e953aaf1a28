import { Evidence, type SegmentSink } from './segments.js';

/** The five parts of open time and their sum, integer ms: `open = up + down + carriedUp + carriedDown + unknown`. */
export interface UptimeBreakdown {
  openMs: number;
  upMs: number;
  downMs: number;
  carriedUpMs: number;
  carriedDownMs: number;
  unknownMs: number;
}

export const noParts = (): UptimeBreakdown => ({
  openMs: 0,
  upMs: 0,
  downMs: 0,
  carriedUpMs: 0,
  carriedDownMs: 0,
  unknownMs: 0,
});

/** In display order: the sum first. */
export const PART_NAMES = [
  'openMs',
  'upMs',
  'downMs',
  'carriedUpMs',
  'carriedDownMs',
  'unknownMs',
] as const satisfies (keyof UptimeBreakdown)[];

/** Builds a breakdown from the stored columns of hourly rollups. Unknown time is the rest of open time. */
export const partsOf = (
  openMs: number,
  upMs: number,
  downMs: number,
  carriedUpMs: number,
  carriedDownMs: number,
): UptimeBreakdown => ({
  openMs,
  upMs,
  downMs,
  carriedUpMs,
  carriedDownMs,
  unknownMs: openMs - upMs - downMs - carriedUpMs - carriedDownMs,
});

/** Adds `factor` times `other` to `parts` in place; factor -1 subtracts. */
export function addParts(
  parts: UptimeBreakdown,
  other: Readonly<UptimeBreakdown>,
  factor: 1 | -1 = 1,
): UptimeBreakdown {
  parts.openMs += factor * other.openMs;
  parts.upMs += factor * other.upMs;
  parts.downMs += factor * other.downMs;
  parts.carriedUpMs += factor * other.carriedUpMs;
  parts.carriedDownMs += factor * other.carriedDownMs;
  parts.unknownMs += factor * other.unknownMs;
  return parts;
}

const PART_OF_KIND = {
  [Evidence.up]: 'upMs',
  [Evidence.down]: 'downMs',
  [Evidence.carriedUp]: 'carriedUpMs',
  [Evidence.carriedDown]: 'carriedDownMs',
  [Evidence.unknown]: 'unknownMs',
} as const satisfies Record<Evidence, keyof UptimeBreakdown>;

/** A sink that adds the part of each segment at or after `fromMs` to `parts`. */
export function sumInto(parts: UptimeBreakdown, fromMs: number): SegmentSink {
  return (kind, startMs, endMs) => {
    const ms = endMs - Math.max(startMs, fromMs);
    if (ms <= 0) return;
    parts.openMs += ms;
    parts[PART_OF_KIND[kind]] += ms;
  };
}

/**
 * `all`: carried time counts and unknown time is downtime, as readers of this report expect. `observed`: only observed
 * time counts.
 */
export const BASES = ['all', 'observed'] as const;
export type Basis = (typeof BASES)[number];

export const uptimeMs = (parts: Readonly<UptimeBreakdown>, basis: Basis): number =>
  basis === 'all' ? parts.upMs + parts.carriedUpMs : parts.upMs;

export const downtimeMs = (parts: Readonly<UptimeBreakdown>, basis: Basis): number =>
  basis === 'all' ? parts.openMs - uptimeMs(parts, 'all') : parts.downMs;

/** `ms` in `unitMs`, two decimals, rounded half up in integers: `formatHundredths(90_300, 60_000)` is `1.51`. */
export function formatHundredths(ms: number, unitMs: number): string {
  const hundredths = Math.floor((ms * 100 + unitMs / 2) / unitMs);
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
}
