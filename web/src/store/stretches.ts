import type { Schemas } from '../api/client.js';

export type StatusInterval = Schemas['StatusIntervalDto'];

/** What a stretch of open time was, as it is coloured. */
export type Look = 'up' | 'down' | 'carried-up' | 'carried-down' | 'unknown';

/** Open time of one look, from one poll or from several that say the same. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly look: Look;
  /** Those on which it rests. */
  readonly polledAtMs: readonly number[];
}

export function lookOf({ kind, status }: StatusInterval): Look {
  if (kind === 'unknown') return 'unknown';
  const side = status === 'active' ? 'up' : 'down';
  return kind === 'observed' ? side : `carried-${side}`;
}

/** @param statuses in the order of time */
export function stretchesOf(statuses: readonly StatusInterval[]): Stretch[] {
  const stretches: (Stretch & { endMs: number; polledAtMs: number[] })[] = [];
  for (const status of statuses) {
    const [startMs, endMs] = [Date.parse(status.start), Date.parse(status.end)];
    const look = lookOf(status);
    const polls = status.polled_at === null ? [] : [Date.parse(status.polled_at)];
    const last = stretches.at(-1);
    if (last?.look === look && last.endMs === startMs) {
      last.endMs = endMs;
      if (last.polledAtMs.at(-1) !== polls[0]) last.polledAtMs.push(...polls);
    } else stretches.push({ startMs, endMs, look, polledAtMs: polls });
  }
  return stretches;
}

/** The part of each that lies in `[fromMs, toMs)`. */
export const within = <T extends { readonly startMs: number; readonly endMs: number }>(
  all: readonly T[],
  fromMs: number,
  toMs: number,
): T[] =>
  all
    .filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs)
    .map((each) => ({ ...each, startMs: Math.max(each.startMs, fromMs), endMs: Math.min(each.endMs, toMs) }));

export const LOOKS: Readonly<Record<Look, { readonly name: string; readonly meaning: string }>> = {
  up: { name: 'up', meaning: 'a poll inside the opening saw the store active' },
  down: { name: 'down', meaning: 'a poll inside the opening saw the store inactive' },
  'carried-up': { name: 'carried up', meaning: 'active when last seen, but nobody looked since' },
  'carried-down': { name: 'carried down', meaning: 'inactive when last seen, but nobody looked since' },
  unknown: { name: 'unknown', meaning: 'before the first poll' },
};
