import { invalidArgument, quoteValue } from '#libs/errors.js';
import type { Interval } from '#libs/intervals/intervals.js';
import type { WindowFigures } from '#libs/uptime/window-parts.js';
import type { PageSizes } from '../transport/page-token.js';
import type { RolledHour } from './timelines.repository.js';
import type { Poll, StatusInterval, Timeline } from './timelines.service.js';

export const TIMELINE_PARTS = ['openings', 'statuses', 'hours', 'totals', 'polls'] as const;
export type TimelinePart = (typeof TIMELINE_PARTS)[number];

export const TIMELINE_PAGE: PageSizes = { usual: 1_000, most: 10_000 };

/** The parts asked for; those that were not are undefined. */
export interface TimelinePage {
  readonly openings: readonly Interval[] | undefined;
  readonly statuses: readonly StatusInterval[] | undefined;
  readonly hours: readonly RolledHour[] | undefined;
  readonly totals: WindowFigures | undefined;
  readonly polls: readonly Poll[] | undefined;
  /** Where the next page begins; undefined on the last. */
  readonly nextMs: number | undefined;
}

/** Reads `openings,totals`; nothing means all parts. @throws DomainError invalid_argument */
export function readParts(include: unknown): readonly TimelinePart[] {
  if (include === undefined || include === '') return TIMELINE_PARTS;
  return (typeof include === 'string' ? include : JSON.stringify(include)).split(',').map((text) => {
    const part = TIMELINE_PARTS.find((name) => name === text.trim());
    if (part) return part;
    throw invalidArgument('include', `include: ${quoteValue(text)} is none of ${TIMELINE_PARTS.join(', ')}.`);
  });
}

/**
 * A page of a timeline. It is a stretch of time, from `fromMs` to where some list would hold more than `size` entries:
 * each list holds what begins in it, and the totals are those of the whole window.
 */
export function pageOf(timeline: Timeline, parts: readonly TimelinePart[], fromMs: number, size: number): TimelinePage {
  const starting = {
    openings: parts.includes('openings') ? timeline.openings.map(({ startMs }) => startMs) : [],
    statuses: parts.includes('statuses') ? timeline.statuses.map(({ startMs }) => startMs) : [],
    hours: parts.includes('hours') ? timeline.hours.map(({ hourMs }) => hourMs) : [],
    polls: parts.includes('polls') ? timeline.polls.map(({ polledAtMs }) => polledAtMs) : [],
  };
  const firsts = Object.values(starting).map((starts) => starts.findIndex((ms) => ms >= fromMs));
  const ends = Object.values(starting).map((starts, list) =>
    firsts[list] < 0 ? undefined : starts[firsts[list] + size],
  );
  const nextMs = Math.min(...ends.map((ms) => ms ?? Infinity));
  const isHere = (ms: number): boolean => ms >= fromMs && ms < nextMs;
  return {
    openings: parts.includes('openings') ? timeline.openings.filter((o) => isHere(o.startMs)) : undefined,
    statuses: parts.includes('statuses') ? timeline.statuses.filter((s) => isHere(s.startMs)) : undefined,
    hours: parts.includes('hours') ? timeline.hours.filter((h) => isHere(h.hourMs)) : undefined,
    totals: parts.includes('totals') ? timeline.totals : undefined,
    polls: parts.includes('polls') ? timeline.polls.filter((p) => isHere(p.polledAtMs)) : undefined,
    nextMs: nextMs === Infinity ? undefined : nextMs,
  };
}
