import { expect } from '@jest/globals';
import type { ReferenceInput } from './facts.js';
import { type Parts, referenceParts } from './reference.js';

const MINUTE_MS = 60_000;
const HALF_HOUR_MS = 30 * MINUTE_MS;
export const [MONDAY, TUESDAY, WEDNESDAY, SATURDAY, SUNDAY] = [0, 1, 2, 5, 6];
export const WHOLE_WEEK = [0, 1, 2, 3, 4, 5, 6];

export type HoursOfA = [dayOfWeek: number, start: string, end: string];
export type SpecialOfA = [date: string, start: string | null, end: string | null];
export type LifeOfA = [openedOn: string | null, closedOn: string | null];
export type PollOfA = [instant: string, status: 'active' | 'inactive'];
export type Segment = [start: string, end: string];

/** The input for a single store, `a`. Without hours it is open 24x7. */
export function storeA(
  rows: { hours?: HoursOfA[]; special?: SpecialOfA[]; lives?: LifeOfA[]; polls?: PollOfA[] },
  timezone = 'UTC',
): ReferenceInput {
  const { hours = [], special = [], lives = [], polls = [] } = rows;
  return {
    polls: polls.map(([instant, status]) => ({ storeId: 'a', active: status === 'active', at: Date.parse(instant) })),
    hours: hours.map(([dayOfWeek, start, end]) => ({ storeId: 'a', dayOfWeek, start, end })),
    zones: [{ storeId: 'a', timezone }],
    special: special.map(([date, start, end]) => ({ storeId: 'a', date, start, end })),
    lives: lives.map(([openedOn, closedOn]) => ({ storeId: 'a', openedOn, closedOn })),
  };
}

/** The segments of `[from, to)` in which store `a` is open, tested half-hour by half-hour. */
export function openSegments(input: ReferenceInput, from: string, to: string): Segment[] {
  const segments: Segment[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += HALF_HOUR_MS) {
    const { open } = referenceParts(input, 'a', at, at + HALF_HOUR_MS);
    expect([0, HALF_HOUR_MS]).toContain(open);
    if (open === 0) continue;
    const [start, end] = [at, at + HALF_HOUR_MS].map((ms) => `${new Date(ms).toISOString().slice(0, 16)}Z`);
    const last = segments.at(-1);
    if (last?.[1] === start) last[1] = end;
    else segments.push([start, end]);
  }
  return segments;
}

/** The breakdown of store `a` in minutes, without the parts that are zero. */
export function minutes(input: ReferenceInput, from: string, to: string): Partial<Parts> {
  const parts = referenceParts(input, 'a', Date.parse(from), Date.parse(to));
  return Object.fromEntries(
    Object.entries(parts)
      .filter(([, ms]) => ms !== 0)
      .map(([name, ms]) => [name, ms / MINUTE_MS]),
  );
}
