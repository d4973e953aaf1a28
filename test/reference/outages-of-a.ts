import { expect } from '@jest/globals';
import { referenceOutages } from './outages.js';
import type { ReferenceInput } from './facts.js';

// 2023-01-23 is a Monday and the 22nd a Sunday. An instant is written `23T10:00`, for January 2023 in UTC.
const MINUTE_MS = 60_000;

export type HoursOfA = [dayOfWeek: number, start: string, end: string];
export type PollOfA = [instant: string, status: 'active' | 'inactive'];
/** `down` and `carried` are in minutes. */
export interface Outage {
  start: string;
  end: string | null;
  down: number;
  carried: number;
  firstPoll: string;
  endPoll: string | null;
}

export const WEEKDAYS = [0, 1, 2, 3, 4].map((day): HoursOfA => [day, '09:00', '17:00']);
export const ALWAYS: HoursOfA[] = [];

export const instant = (text: string) => Date.parse(`2023-01-${text}:00Z`);
const written = (ms: number) => new Date(ms).toISOString().slice('2023-01-'.length, '2023-01-23T10:00'.length);

/** The input for a single store, `a`, in UTC. */
export function storeA(hours: HoursOfA[], polls: PollOfA[]): ReferenceInput {
  return {
    polls: polls.map(([at, status]) => ({ storeId: 'a', active: status === 'active', at: instant(at) })),
    hours: hours.map(([dayOfWeek, start, end]) => ({ storeId: 'a', dayOfWeek, start, end })),
    zones: [{ storeId: 'a', timezone: 'UTC' }],
  };
}

/** The outages of store `a` from the 1st, or from a later instant. */
export function outages(input: ReferenceInput, asOf: string, from = '01T00:00'): Outage[] {
  return referenceOutages(input, 'a', instant(from), instant(asOf)).map((outage) => {
    expect(outage.downMs + outage.carriedDownMs).toBe(outage.openMs);
    return {
      start: written(outage.start),
      end: outage.end === null ? null : written(outage.end),
      down: outage.downMs / MINUTE_MS,
      carried: outage.carriedDownMs / MINUTE_MS,
      firstPoll: written(outage.firstPollAt),
      endPoll: outage.endPollAt === null ? null : written(outage.endPollAt),
    };
  });
}
