import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HOUR_MS, MINUTE_MS } from '#libs/instant/instant.js';
import { noParts } from '#libs/uptime/breakdown.js';
import { Evidence } from '#libs/uptime/segments.js';
import { TIMELINE_PARTS, type TimelinePage, pageOf, readParts } from './timeline-page.js';
import { entriesOf, inOrder } from './in-order.js';
import type { Timeline } from './timelines.service.js';

/** A timeline whose entries begin at these minutes; each ends at the next one of its list. */
function timelineOf(openings: number[], statuses: number[], hours: number[], polls: number[] = []): Timeline {
  const intervals = (starts: number[]) =>
    starts.map((start, i) => ({ startMs: start * MINUTE_MS, endMs: (starts.at(i + 1) ?? start + 1) * MINUTE_MS }));
  return {
    storeId: '7',
    startMs: 0,
    endMs: 168 * HOUR_MS,
    calendar: { zone: 'UTC', weekly: [] },
    openings: intervals(openings),
    statuses: inOrder(
      intervals(statuses).map((interval) => ({ ...interval, kind: Evidence.up, polledAtMs: interval.startMs })),
      ({ startMs }) => startMs,
    ),
    hours: hours.map((hour) => ({ hourMs: hour * MINUTE_MS, parts: noParts(), polls: 1 })),
    totals: { parts: { ...noParts(), openMs: 5, upMs: 5 }, polls: 3, everPolled: true },
    polls: inOrder(
      polls.map((poll) => ({ polledAtMs: poll * MINUTE_MS, isActive: poll % 2 === 0 })),
      ({ polledAtMs }) => polledAtMs,
    ),
  };
}

/** The starts of a page's entries, in minutes. */
const startsOn = ({ openings, statuses, hours, polls, nextMs }: TimelinePage) => ({
  openings: openings?.map(({ startMs }) => startMs / MINUTE_MS),
  statuses: statuses?.map(({ startMs }) => startMs / MINUTE_MS),
  hours: hours?.map(({ hourMs }) => hourMs / MINUTE_MS),
  polls: polls?.map(({ polledAtMs }) => polledAtMs / MINUTE_MS),
  next: nextMs === undefined ? undefined : nextMs / MINUTE_MS,
});

describe('the requested parts', () => {
  it.each([undefined, ''])('default to all: %j', (include) => {
    expect(readParts(include)).toEqual(['openings', 'statuses', 'hours', 'totals', 'polls']);
  });

  it.each([
    ['totals', ['totals']],
    ['totals,openings', ['totals', 'openings']],
    [' statuses , hours ', ['statuses', 'hours']],
    ['openings,statuses,hours,totals,polls', [...TIMELINE_PARTS]],
  ])('%j', (include, parts) => {
    expect(readParts(include)).toEqual(parts);
  });

  it.each([
    ['an unknown part', 'poll', '"poll"'],
    ['an unknown part among valid ones', 'openings,poll,totals', '"poll"'],
    ['a capital letter', 'Totals', '"Totals"'],
    ['an empty part', 'openings,', '""'],
    ['a blank', ' ', '" "'],
    ['a number', 7, '"7"'],
    ['a list', ['totals'], String.raw`"[\"totals\"]"`],
    ['null', null, '"null"'],
  ])('cannot be %s: the error lists the valid parts', (_, include, shown) => {
    expect(() => readParts(include)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        field: 'include',
        message: `include must be any of openings, statuses, hours, totals, polls, got ${shown}.`,
      }),
    );
  });
});

describe('a page of a timeline', () => {
  it('is the whole timeline if it fits', () => {
    const timeline = timelineOf([0, 100], [0, 30, 100], [60, 120], [30, 45]);
    expect(pageOf(timeline, TIMELINE_PARTS, -Infinity, 3)).toEqual({
      openings: timeline.openings,
      statuses: entriesOf(timeline.statuses),
      hours: timeline.hours,
      totals: timeline.totals,
      polls: entriesOf(timeline.polls),
      nextMs: undefined,
    });
  });

  it('ends where a list would be too long, and the next page begins there', () => {
    // The size is two: the third status begins at 45, and the third from there at 110.
    const timeline = timelineOf([0, 100, 200], [0, 30, 45, 100, 110, 130], [0, 60, 120], [30, 120]);
    const pages = [-Infinity, 45, 110].map((from) => pageOf(timeline, TIMELINE_PARTS, from * MINUTE_MS, 2));
    expect(pages.map(startsOn)).toEqual([
      { openings: [0], statuses: [0, 30], hours: [0], polls: [30], next: 45 },
      { openings: [100], statuses: [45, 100], hours: [60], polls: [], next: 110 },
      { openings: [200], statuses: [110, 130], hours: [120], polls: [120], next: undefined },
    ]);
  });

  it('omits lists that were not requested, and is not cut by them', () => {
    const timeline = timelineOf([0, 100], [0, 10, 20, 30], [0, 60], [0, 10, 20]);
    const page = pageOf(timeline, ['openings', 'hours'], -Infinity, 2);
    expect(page).toEqual({
      openings: timeline.openings,
      statuses: undefined,
      hours: timeline.hours,
      totals: undefined,
      polls: undefined,
      nextMs: undefined,
    });
  });

  it('may have only the totals', () => {
    const timeline = timelineOf([0, 100], [0, 10], [0, 60]);
    expect(pageOf(timeline, ['totals'], -Infinity, 1)).toEqual({
      openings: undefined,
      statuses: undefined,
      hours: undefined,
      totals: timeline.totals,
      polls: undefined,
      nextMs: undefined,
    });
  });

  it('may be empty, for a store without openings', () => {
    const page = pageOf(timelineOf([], [], []), TIMELINE_PARTS, -Infinity, 1);
    expect(startsOn(page)).toEqual({ openings: [], statuses: [], hours: [], polls: [], next: undefined });
  });
});

const anyStarts = fc.uniqueArray(fc.nat(60), { maxLength: 20 }).map((starts) => starts.toSorted((a, b) => a - b));
const anyTimeline = fc.tuple(anyStarts, anyStarts, anyStarts, anyStarts).map((starts) => timelineOf(...starts));

function allOf(timeline: Timeline, list: 'openings' | 'statuses' | 'hours' | 'polls'): readonly unknown[] {
  const entries = timeline[list];
  return 'count' in entries ? entriesOf<unknown>(entries) : entries;
}

/** Follows the page tokens as a client does. */
function allPages(timeline: Timeline, parts: Parameters<typeof pageOf>[1], size: number): TimelinePage[] {
  const pages = [pageOf(timeline, parts, -Infinity, size)];
  for (let next = pages[0].nextMs; next !== undefined; next = pages.at(-1)!.nextMs) {
    pages.push(pageOf(timeline, parts, next, size));
    if (pages.length > 100) throw new Error('the pages do not end'); // there are 80 entries at most
  }
  return pages;
}

describe('the pages of any timeline', () => {
  const anyParts = fc.subarray([...TIMELINE_PARTS]);

  it('have every entry exactly once, in order', () => {
    fc.assert(
      fc.property(anyTimeline, anyParts, fc.integer({ min: 1, max: 25 }), (timeline, parts, size) => {
        const pages = allPages(timeline, parts, size);
        for (const list of ['openings', 'statuses', 'hours', 'polls'] as const) {
          expect(pages.flatMap((page) => [...(page[list] ?? [])])).toEqual(
            parts.includes(list) ? allOf(timeline, list) : [],
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are as long as the limit allows, and no longer', () => {
    fc.assert(
      fc.property(anyTimeline, anyParts, fc.integer({ min: 1, max: 25 }), (timeline, parts, size) => {
        for (const { openings, statuses, hours, polls, nextMs } of allPages(timeline, parts, size)) {
          const longest = Math.max(...[openings, statuses, hours, polls].map((list) => list?.length ?? 0));
          expect(longest).toBeLessThanOrEqual(size);
          if (nextMs !== undefined) expect(longest).toBe(size);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('have the totals of the whole window on each page, and no part that was not requested', () => {
    fc.assert(
      fc.property(anyTimeline, anyParts, fc.integer({ min: 1, max: 5 }), (timeline, parts, size) => {
        for (const page of allPages(timeline, parts, size)) {
          expect(TIMELINE_PARTS.filter((part) => page[part] !== undefined)).toEqual(parts);
          if (parts.includes('totals')) expect(page.totals).toEqual(timeline.totals);
        }
      }),
    );
  });
});
