import type { Schemas } from '../api/client.js';

export type StatusInterval = Schemas['StatusIntervalDto'];

/** The status of open time, and whether a recent poll shows it (up, down) or not (carried, unknown). */
export type Evidence = 'up' | 'down' | 'carried-up' | 'carried-down' | 'unknown';

/** Consecutive open time with the same evidence, from one or more polls. */
export interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly evidence: Evidence;
  /** The polls behind it, epoch ms. */
  readonly polledAtMs: readonly number[];
}

export function evidenceOf({ kind, status }: StatusInterval): Evidence {
  if (kind === 'unknown') return 'unknown';
  const side = status === 'active' ? 'up' : 'down';
  return kind === 'observed' ? side : `carried-${side}`;
}

/** @param statuses in ascending order */
export function segmentsOf(statuses: readonly StatusInterval[]): Segment[] {
  const segments: (Segment & { endMs: number; polledAtMs: number[] })[] = [];
  for (const status of statuses) {
    const [startMs, endMs] = [Date.parse(status.start), Date.parse(status.end)];
    const evidence = evidenceOf(status);
    const polls = status.polled_at === null ? [] : [Date.parse(status.polled_at)];
    const last = segments.at(-1);
    if (last?.evidence === evidence && last.endMs === startMs) {
      last.endMs = endMs;
      if (last.polledAtMs.at(-1) !== polls[0]) last.polledAtMs.push(...polls);
    } else segments.push({ startMs, endMs, evidence, polledAtMs: polls });
  }
  return segments;
}

/** The intervals clipped to `[fromMs, toMs)`. */
export const within = <T extends { readonly startMs: number; readonly endMs: number }>(
  all: readonly T[],
  fromMs: number,
  toMs: number,
): T[] =>
  all
    .filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs)
    .map((each) => ({ ...each, startMs: Math.max(each.startMs, fromMs), endMs: Math.min(each.endMs, toMs) }));

export const EVIDENCE: Readonly<Record<Evidence, { readonly name: string; readonly meaning: string }>> = {
  up: { name: 'up', meaning: 'a recent poll in this opening saw the store active' },
  down: { name: 'down', meaning: 'a recent poll in this opening saw the store inactive' },
  'carried-up': {
    name: 'carried up',
    meaning: 'active at the last poll, which is too old or from before this opening',
  },
  'carried-down': {
    name: 'carried down',
    meaning: 'inactive at the last poll, which is too old or from before this opening',
  },
  unknown: { name: 'unknown', meaning: 'before the first poll of the store' },
};
