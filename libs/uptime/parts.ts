import { Kind, type StretchSink } from './stretches.js';

/** The five parts of open time and their sum, integer ms: `open = up + down + carriedUp + carriedDown + unknown`. */
export interface Parts {
  openMs: number;
  upMs: number;
  downMs: number;
  carriedUpMs: number;
  carriedDownMs: number;
  unknownMs: number;
}

export const noParts = (): Parts => ({
  openMs: 0,
  upMs: 0,
  downMs: 0,
  carriedUpMs: 0,
  carriedDownMs: 0,
  unknownMs: 0,
});

/** In the order in which parts are shown: the sum first. */
export const PART_NAMES = [
  'openMs',
  'upMs',
  'downMs',
  'carriedUpMs',
  'carriedDownMs',
  'unknownMs',
] as const satisfies (keyof Parts)[];

/** From what hourly rollups keep: unknown time is the rest of open time. */
export const partsOf = (
  openMs: number,
  upMs: number,
  downMs: number,
  carriedUpMs: number,
  carriedDownMs: number,
): Parts => ({
  openMs,
  upMs,
  downMs,
  carriedUpMs,
  carriedDownMs,
  unknownMs: openMs - upMs - downMs - carriedUpMs - carriedDownMs,
});

/** Adds `factor` times `other` to `parts`, in place; factor -1 takes a piece away. */
export function addParts(parts: Parts, other: Readonly<Parts>, factor: 1 | -1 = 1): Parts {
  parts.openMs += factor * other.openMs;
  parts.upMs += factor * other.upMs;
  parts.downMs += factor * other.downMs;
  parts.carriedUpMs += factor * other.carriedUpMs;
  parts.carriedDownMs += factor * other.carriedDownMs;
  parts.unknownMs += factor * other.unknownMs;
  return parts;
}

const PART_OF_KIND = {
  [Kind.up]: 'upMs',
  [Kind.down]: 'downMs',
  [Kind.carriedUp]: 'carriedUpMs',
  [Kind.carriedDown]: 'carriedDownMs',
  [Kind.unknown]: 'unknownMs',
} as const satisfies Record<Kind, keyof Parts>;

/** A sink that adds the part of every stretch that lies at or after `fromMs` to `parts`. */
export function sumInto(parts: Parts, fromMs: number): StretchSink {
  return (kind, startMs, endMs) => {
    const ms = endMs - Math.max(startMs, fromMs);
    if (ms <= 0) return;
    parts.openMs += ms;
    parts[PART_OF_KIND[kind]] += ms;
  };
}

/** `all`: carried time counts and unknown is downtime, the rule that users of this report know. `observed`: only what was seen. */
export const BASES = ['all', 'observed'] as const;
export type Basis = (typeof BASES)[number];

export const uptimeMs = (parts: Readonly<Parts>, basis: Basis): number =>
  basis === 'all' ? parts.upMs + parts.carriedUpMs : parts.upMs;

export const downtimeMs = (parts: Readonly<Parts>, basis: Basis): number =>
  basis === 'all' ? parts.openMs - uptimeMs(parts, 'all') : parts.downMs;

/** `ms` in `unitMs`, two decimals, rounded half up in integers: `formatHundredths(90_300, 60_000)` is `1.51`. */
export function formatHundredths(ms: number, unitMs: number): string {
  const hundredths = Math.floor((ms * 100 + unitMs / 2) / unitMs);
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
}
