import { describe, expect, it } from '@jest/globals';
import { type StatusInterval, segmentsOf, within } from './segments.js';

const at = (time: string): string => `2026-01-12T${time}:00.000Z`;
const ms = (time: string): number => Date.parse(at(time));
const status = (
  start: string,
  end: string,
  kind: StatusInterval['kind'],
  said: StatusInterval['status'],
  polledAt: string | null,
): StatusInterval => ({ start: at(start), end: at(end), kind, status: said, polled_at: polledAt && at(polledAt) });

describe('segments', () => {
  const segments = segmentsOf([
    status('09:00', '10:00', 'unknown', null, null),
    status('10:00', '11:00', 'observed', 'active', '10:00'),
    status('11:00', '12:00', 'observed', 'active', '11:00'),
    status('12:00', '13:00', 'carried', 'active', '11:00'),
    // The next opening.
    status('15:00', '15:30', 'carried', 'active', '11:00'),
    status('15:30', '16:00', 'observed', 'inactive', '15:30'),
  ]);

  it('merge adjacent statuses with the same evidence, and keep all polls', () => {
    expect(segments).toEqual([
      { startMs: ms('09:00'), endMs: ms('10:00'), evidence: 'unknown', polledAtMs: [] },
      { startMs: ms('10:00'), endMs: ms('12:00'), evidence: 'up', polledAtMs: [ms('10:00'), ms('11:00')] },
      { startMs: ms('12:00'), endMs: ms('13:00'), evidence: 'carried-up', polledAtMs: [ms('11:00')] },
      { startMs: ms('15:00'), endMs: ms('15:30'), evidence: 'carried-up', polledAtMs: [ms('11:00')] },
      { startMs: ms('15:30'), endMs: ms('16:00'), evidence: 'down', polledAtMs: [ms('15:30')] },
    ]);
  });

  it('are clipped to a day', () => {
    const clipped = within(segments, ms('11:30'), ms('15:30'));
    expect(clipped.map(({ startMs, endMs, evidence }) => [startMs, endMs, evidence])).toEqual([
      [ms('11:30'), ms('12:00'), 'up'],
      [ms('12:00'), ms('13:00'), 'carried-up'],
      [ms('15:00'), ms('15:30'), 'carried-up'],
    ]);
  });
});
