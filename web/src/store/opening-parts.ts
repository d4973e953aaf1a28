import { daysUntil, localDate } from './local-time.js';
import type { Look, Stretch } from './stretches.js';
import { within } from './stretches.js';

interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** Open time by what it was, ms. */
export type OpeningParts = Interval & Readonly<Record<Look, number>>;

const NONE: Readonly<Record<Look, number>> = { up: 0, down: 0, 'carried-up': 0, 'carried-down': 0, unknown: 0 };
const DAY_MS = 86_400_000;

/** What each opening was; one that is longer than a day in pieces of a local date, as `storewatch explain` has it. */
export const partsByOpening = (
  openings: readonly Interval[],
  stretches: readonly Stretch[],
  zone: string,
): OpeningParts[] =>
  openings
    .flatMap((opening) => piecesOf(opening, zone))
    .map((piece) => {
      const parts = { ...NONE };
      for (const { look, startMs, endMs } of within(stretches, piece.startMs, piece.endMs))
        parts[look] += endMs - startMs;
      return { ...piece, ...parts };
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
