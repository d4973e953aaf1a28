import { daysUntil, localDate } from './local-time.js';
import type { Evidence, Segment } from './segments.js';
import { within } from './segments.js';

interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** An opening with its open time by evidence, ms. */
export type OpeningBreakdown = Interval & Readonly<Record<Evidence, number>>;

const NONE: Readonly<Record<Evidence, number>> = { up: 0, down: 0, 'carried-up': 0, 'carried-down': 0, unknown: 0 };
const DAY_MS = 86_400_000;

/** The breakdown of each opening. Openings longer than a day are split at local midnight, as in `storewatch explain`. */
export const breakdownByOpening = (
  openings: readonly Interval[],
  segments: readonly Segment[],
  zone: string,
): OpeningBreakdown[] =>
  openings
    .flatMap((opening) => piecesOf(opening, zone))
    .map((piece) => {
      const breakdown = { ...NONE };
      for (const { evidence, startMs, endMs } of within(segments, piece.startMs, piece.endMs))
        breakdown[evidence] += endMs - startMs;
      return { ...piece, ...breakdown };
    });

function piecesOf({ startMs, endMs }: Interval, zone: string): Interval[] {
  if (endMs - startMs <= DAY_MS) return [{ startMs, endMs }];
  const [first, last] = [localDate(startMs, zone), localDate(endMs - 1, zone)];
  const count = Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1;
  return within(daysUntil(last, count, zone), startMs, endMs).map((day) => ({
    startMs: day.startMs,
    endMs: day.endMs,
  }));
}
