import { invalidArgument, quoteValue } from '#libs/errors.js';
import type { Interval } from '#libs/intervals/intervals.js';
import type { WindowFigures } from '#libs/uptime/window-parts.js';
import type { PageSizes } from '../../edge/paging/page-token.js';
import type { RolledHour } from './timelines.repository.js';
import { type InOrder, entriesOf, firstFrom, inOrder } from './in-order.js';
import type { StatusInterval } from './status-columns.js';
import type { Poll, Timeline } from './timelines.service.js';

export const TIMELINE_PARTS = ['openings', 'statuses', 'hours', 'totals', 'polls'] as const;
export type TimelinePart = (typeof TIMELINE_PARTS)[number];

export const TIMELINE_PAGE: PageSizes = { default: 1_000, max: 10_000 };

/** The requested parts; others are undefined. */
export interface TimelinePage {
  readonly openings: readonly Interval[] | undefined;
  readonly statuses: readonly StatusInterval[] | undefined;
  readonly hours: readonly RolledHour[] | undefined;
  readonly totals: WindowFigures | undefined;
  readonly polls: readonly Poll[] | undefined;
  /** The start of the next page; undefined on the last. */
  readonly nextMs: number | undefined;
}

/** Reads `openings,totals`; an empty value means all parts. @throws DomainError invalid_argument */
export function readParts(include: unknown): readonly TimelinePart[] {
  if (include === undefined || include === '') return TIMELINE_PARTS; // '': gRPC's empty list
  return (typeof include === 'string' ? include : JSON.stringify(include)).split(',').map((text) => {
    const part = TIMELINE_PARTS.find((name) => name === text.trim());
    if (part) return part;
    throw invalidArgument('include', `include must be any of ${TIMELINE_PARTS.join(', ')}, got ${quoteValue(text)}.`);
  });
}

/**
 * A page of a timeline covers the time from `fromMs` to where some list would exceed `size` entries. Each list holds
 * the entries that begin in it; the totals are for the whole window.
 */
export function pageOf(timeline: Timeline, parts: readonly TimelinePart[], fromMs: number, size: number): TimelinePage {
  const lists = {
    openings: inOrder(timeline.openings, ({ startMs }) => startMs),
    statuses: timeline.statuses,
    hours: inOrder(timeline.hours, ({ hourMs }) => hourMs),
    polls: timeline.polls,
  };
  let nextMs = Infinity;
  for (const part of parts) {
    if (part === 'totals') continue;
    const end = firstFrom(lists[part], fromMs) + size;
    if (end < lists[part].count) nextMs = Math.min(nextMs, lists[part].startMs(end));
  }
  const here = <Entry>(part: TimelinePart, list: InOrder<Entry>): Entry[] | undefined =>
    parts.includes(part) ? entriesOf(list, firstFrom(list, fromMs), firstFrom(list, nextMs)) : undefined;
  return {
    openings: here('openings', lists.openings),
    statuses: here('statuses', lists.statuses),
    hours: here('hours', lists.hours),
    totals: parts.includes('totals') ? timeline.totals : undefined,
    polls: here('polls', lists.polls),
    nextMs: nextMs === Infinity ? undefined : nextMs,
  };
}
