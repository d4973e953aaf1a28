import { describe, expect, it } from '@jest/globals';
import { HOUR_MS, MINUTE_MS } from '#libs/instant/instant.js';
import type { Basis } from '#libs/uptime/breakdown.js';
import { noParts } from '#libs/uptime/breakdown.js';
import { Evidence } from '#libs/uptime/segments.js';
import { type Paint, explanation } from './explanation.js';
import { inOrder } from './in-order.js';
import type { Timeline } from './timelines.service.js';

/** `up 2023-01-23T15:00Z 2023-01-23T16:00Z` */
type Status = [kind: keyof typeof Evidence, from: string, to: string];

/** The timeline of the week before as-of. Its openings are pairs of instants. */
function timelineOf(zone: string, asOf: string, openings: [string, string][], statuses: Status[]): Timeline {
  const endMs = Date.parse(asOf);
  return {
    storeId: '7',
    startMs: endMs - 168 * HOUR_MS,
    endMs,
    calendar: { zone, weekly: [] },
    openings: openings.map(([from, to]) => ({ startMs: Date.parse(from), endMs: Date.parse(to) })),
    statuses: inOrder(
      statuses.map(([kind, from, to]) => ({
        kind: Evidence[kind],
        startMs: Date.parse(from),
        endMs: Date.parse(to),
        polledAtMs: undefined,
      })),
      ({ startMs }) => startMs,
    ),
    hours: [],
    totals: { parts: noParts(), polls: 0, everPolled: false },
    polls: inOrder([], () => NaN),
  };
}

const linesOf = (timeline: Timeline, basis: Basis = 'all', paint?: Paint): string[] => [
  ...explanation(timeline, basis, 3 * HOUR_MS, paint),
];

/** The lines of one window, from its name to the next blank line. */
function windowOf(lines: string[], name: string): string[] {
  const rest = lines.slice(lines.findIndex((line) => line.startsWith(`${name}:`)));
  return rest.slice(0, [...rest, ''].indexOf(''));
}

/** The text before the first column of durations. */
const bars = (lines: string[]): string[] => lines.slice(2, -3).map((line) => line.slice(0, -14 * 6).trim());

/**
 * In Chicago, -6, on Monday 2023-01-23: open 09:00 to 12:00, carried down until 10:14, up until 11:16, then down; and on
 * Tuesday before, 09:00 to 10:00, unknown. As-of is noon.
 */
const MORNING = timelineOf(
  'America/Chicago',
  '2023-01-23T18:00Z',
  [
    ['2023-01-17T15:00Z', '2023-01-17T16:00Z'],
    ['2023-01-23T15:00Z', '2023-01-23T18:00Z'],
  ],
  [
    ['unknown', '2023-01-17T15:00Z', '2023-01-17T16:00Z'],
    ['carriedDown', '2023-01-23T15:00Z', '2023-01-23T16:14Z'],
    ['up', '2023-01-23T16:14Z', '2023-01-23T17:16Z'],
    ['down', '2023-01-23T17:16Z', '2023-01-23T18:00Z'],
  ],
);

describe('the explanation of six figures', () => {
  it('is a table for each window, with the calculation of its figures below', () => {
    // A column of the first bar is 2 minutes: 8 up and 22 down. One of the others is 5 minutes: of the 36, the 15th
    // (10:10 to 10:15) has 4 minutes carried down and 1 up, and the 28th (11:15 to 11:20) has 1 up and 4 down.
    // Uptime is 62 min, 1.033 h; downtime 180 - 62 = 118 min, 1.967 h, and with Tuesday 178 min, 2.967 h.
    expect(linesOf(MORNING)).toEqual([
      '7 in America/Chicago, as of Mon 2023-01-23 12:00 -06:00 (2023-01-23T18:00:00.000Z)',
      'A poll is observed for 3h inside its opening, then carried. Times are local, durations h:mm:ss.',
      '█ up   ▒ carried up   x down   - carried down   ? unknown',
      '',
      'last_hour: Mon 2023-01-23 11:00 -06:00 to Mon 2023-01-23 12:00 -06:00',
      '  opening                                      2m each                                 open            up          down    carried up  carried down       unknown',
      '  Mon 2023-01-23 11:00 -06:00 to 12:00 -06:00  ████████xxxxxxxxxxxxxxxxxxxxxx       1:00:00       0:16:00       0:44:00       0:00:00       0:00:00       0:00:00',
      '  sum                                                                               1:00:00       0:16:00       0:44:00       0:00:00       0:00:00       0:00:00',
      '  uptime_last_hour(in minutes) = up 0:16:00 + carried up 0:00:00 = 0:16:00 = 16.00 min',
      '  downtime_last_hour(in minutes) = open 1:00:00 - uptime 0:16:00 = 0:44:00 = 44.00 min',
      '',
      'last_day: Sun 2023-01-22 12:00 -06:00 to Mon 2023-01-23 12:00 -06:00',
      '  opening                                      5m each                                       open            up          down    carried up  carried down       unknown',
      '  Mon 2023-01-23 09:00 -06:00 to 12:00 -06:00  ---------------████████████xxxxxxxxx       3:00:00       1:02:00       0:44:00       0:00:00       1:14:00       0:00:00',
      '  sum                                                                                     3:00:00       1:02:00       0:44:00       0:00:00       1:14:00       0:00:00',
      '  uptime_last_day(in hours) = up 1:02:00 + carried up 0:00:00 = 1:02:00 = 1.03 h',
      '  downtime_last_day(in hours) = open 3:00:00 - uptime 1:02:00 = 1:58:00 = 1.97 h',
      '',
      'last_week: Mon 2023-01-16 12:00 -06:00 to Mon 2023-01-23 12:00 -06:00',
      '  opening                                      5m each                                       open            up          down    carried up  carried down       unknown',
      '  Tue 2023-01-17 09:00 -06:00 to 10:00 -06:00  ????????????                               1:00:00       0:00:00       0:00:00       0:00:00       0:00:00       1:00:00',
      '  Mon 2023-01-23 09:00 -06:00 to 12:00 -06:00  ---------------████████████xxxxxxxxx       3:00:00       1:02:00       0:44:00       0:00:00       1:14:00       0:00:00',
      '  sum                                                                                     4:00:00       1:02:00       0:44:00       0:00:00       1:14:00       1:00:00',
      '  update_last_week(in hours) = up 1:02:00 + carried up 0:00:00 = 1:02:00 = 1.03 h',
      '  downtime_last_week(in hours) = open 4:00:00 - uptime 1:02:00 = 2:58:00 = 2.97 h',
    ]);
  });

  it('differs only in the figures for the basis observed', () => {
    // Down is 44 min, 0.733 h.
    const all = linesOf(MORNING);
    const observed = linesOf(MORNING, 'observed');
    expect(observed.length).toBe(all.length);
    expect(observed.filter((line, i) => line !== all[i])).toEqual([
      '  uptime_last_hour(in minutes) = up 0:16:00 = 0:16:00 = 16.00 min',
      '  downtime_last_hour(in minutes) = down 0:44:00 = 0:44:00 = 44.00 min',
      '  uptime_last_day(in hours) = up 1:02:00 = 1:02:00 = 1.03 h',
      '  downtime_last_day(in hours) = down 0:44:00 = 0:44:00 = 0.73 h',
      '  update_last_week(in hours) = up 1:02:00 = 1:02:00 = 1.03 h',
      '  downtime_last_week(in hours) = down 0:44:00 = 0:44:00 = 0.73 h',
    ]);
  });

  it('says when the store was never open in a window', () => {
    // As-of has seconds, and the offset of the zone minutes.
    const closed = timelineOf('Asia/Kathmandu', '2023-01-22T12:00:30Z', [], []);
    expect(linesOf(closed)[0]).toBe(
      '7 in Asia/Kathmandu, as of Sun 2023-01-22 17:45:30 +05:45 (2023-01-22T12:00:30.000Z)',
    );
    expect(windowOf(linesOf(closed), 'last_hour')).toEqual([
      'last_hour: Sun 2023-01-22 16:45:30 +05:45 to Sun 2023-01-22 17:45:30 +05:45, never open',
      '  uptime_last_hour(in minutes) = up 0:00:00 + carried up 0:00:00 = 0:00:00 = 0.00 min',
      '  downtime_last_hour(in minutes) = open 0:00:00 - uptime 0:00:00 = 0:00:00 = 0.00 min',
    ]);
  });

  it('cuts openings at the window, shows non-zero milliseconds, and rounds half up', () => {
    // Of 09:00 to 17:00 local (= UTC) the last hour has 16:30 to 17:00: 29 min 59.7 s up is 29.995 min.
    const timeline = timelineOf(
      'UTC',
      '2023-01-23T17:30Z',
      [['2023-01-23T09:00Z', '2023-01-23T17:00Z']],
      [
        ['down', '2023-01-23T09:00Z', '2023-01-23T16:30:00.300Z'],
        ['up', '2023-01-23T16:30:00.300Z', '2023-01-23T17:00Z'],
      ],
    );
    const [, , row, sum, uptime, downtime] = windowOf(linesOf(timeline), 'last_hour');
    expect(row).toMatch(/^ {2}Mon 2023-01-23 16:30 \+00:00 to 17:00 \+00:00 {2}█{30} /);
    expect(row.split(/ {3,}/).slice(1)).toEqual([
      '0:30:00',
      '0:29:59.700',
      '0:00:00.300',
      '0:00:00',
      '0:00:00',
      '0:00:00',
    ]);
    expect(sum.split(/ {3,}/).slice(1)).toEqual(row.split(/ {3,}/).slice(1));
    expect(uptime).toMatch(/= 0:29:59\.700 = 30\.00 min$/);
    expect(downtime).toMatch(/= 0:00:00\.300 = 0\.01 min$/);
  });
});

describe('a long opening', () => {
  // In Chicago the clocks go forward on Sunday 2026-03-08, from -6 to -5. As-of is Monday noon, 17:00Z.
  const roundTheClock = timelineOf(
    'America/Chicago',
    '2026-03-09T17:00Z',
    [['2026-03-02T17:00Z', '2026-03-09T17:00Z']],
    [
      ['carriedUp', '2026-03-02T17:00Z', '2026-03-08T06:00Z'],
      ['carriedDown', '2026-03-08T06:00Z', '2026-03-09T17:00Z'],
    ],
  );

  it('is split into local days; the day of a clock change shows both offsets and has 23 hours', () => {
    const week = windowOf(linesOf(roundTheClock), 'last_week');
    expect(week[0]).toBe('last_week: Mon 2026-03-02 11:00 -06:00 to Mon 2026-03-09 12:00 -05:00');
    // Columns are half hours: the longest day has 48 of them, and the maximum is 50.
    expect(week[1]).toMatch(/^ {2}opening {2,}30m each /);
    expect(bars(week)).toEqual([
      `Mon 2026-03-02 11:00 -06:00 to 00:00 -06:00  ${'▒'.repeat(26)}`,
      `Tue 2026-03-03 00:00 -06:00 to 00:00 -06:00  ${'▒'.repeat(48)}`,
      `Wed 2026-03-04 00:00 -06:00 to 00:00 -06:00  ${'▒'.repeat(48)}`,
      `Thu 2026-03-05 00:00 -06:00 to 00:00 -06:00  ${'▒'.repeat(48)}`,
      `Fri 2026-03-06 00:00 -06:00 to 00:00 -06:00  ${'▒'.repeat(48)}`,
      `Sat 2026-03-07 00:00 -06:00 to 00:00 -06:00  ${'▒'.repeat(48)}`,
      `Sun 2026-03-08 00:00 -06:00 to 00:00 -05:00  ${'-'.repeat(46)}`,
      `Mon 2026-03-09 00:00 -05:00 to 12:00 -05:00  ${'-'.repeat(24)}`,
    ]);
    const opened = week.slice(2, -2).map((line) => line.split(/ {3,}/).at(-6));
    expect(opened).toEqual([
      '13:00:00',
      '24:00:00',
      '24:00:00',
      '24:00:00',
      '24:00:00',
      '24:00:00',
      '23:00:00',
      '12:00:00',
      '168:00:00',
    ]);
    // Carried up is 13 + 5 * 24 = 133 hours, carried down 23 + 12.
    expect(week.slice(-2)).toEqual([
      '  update_last_week(in hours) = up 0:00:00 + carried up 133:00:00 = 133:00:00 = 133.00 h',
      '  downtime_last_week(in hours) = open 168:00:00 - uptime 133:00:00 = 35:00:00 = 35.00 h',
    ]);
  });

  it('is split at midnight even when it begins just before', () => {
    // as-of is Monday 23:30 in Chicago, 04:30Z, and the clocks have not changed since the Monday before
    const late = timelineOf(
      'America/Chicago',
      '2026-03-17T04:30Z',
      [['2026-03-10T04:30Z', '2026-03-17T04:30Z']],
      [['up', '2026-03-10T04:30Z', '2026-03-17T04:30Z']],
    );
    expect(bars(windowOf(linesOf(late), 'last_week')).slice(0, 2)).toEqual([
      'Mon 2026-03-09 23:30 -05:00 to 00:00 -05:00  █',
      `Tue 2026-03-10 00:00 -05:00 to 00:00 -05:00  ${'█'.repeat(48)}`,
    ]);
  });

  it('of at most 24 hours is not split, even across midnight', () => {
    expect(bars(windowOf(linesOf(roundTheClock), 'last_day'))).toEqual([
      `Sun 2026-03-08 12:00 -05:00 to 12:00 -05:00  ${'-'.repeat(48)}`,
    ]);
  });

  it('has a day of 25 hours when the clocks go back, in half-hour columns', () => {
    // The clocks go back on Sunday 2026-11-01; as-of is Monday midnight, 06:00Z, so the week begins on Monday at 01:00.
    const autumn = timelineOf(
      'America/Chicago',
      '2026-11-02T06:00Z',
      [['2026-10-26T06:00Z', '2026-11-02T06:00Z']],
      [['up', '2026-10-26T06:00Z', '2026-11-02T06:00Z']],
    );
    const pieces = bars(windowOf(linesOf(autumn), 'last_week'));
    expect(pieces.length).toBe(7);
    expect(pieces[0]).toBe(`Mon 2026-10-26 01:00 -05:00 to 00:00 -05:00  ${'█'.repeat(46)}`);
    expect(pieces[6]).toBe(`Sun 2026-11-01 00:00 -05:00 to 00:00 -06:00  ${'█'.repeat(50)}`);
  });
});

describe('a sign of a bar', () => {
  /** The bar of an hour with each kind for the given number of seconds, in columns of two minutes. */
  function barOf(parts: [keyof typeof Evidence, seconds: number][], paint?: Paint): string {
    let at = Date.parse('2023-01-23T11:00Z');
    const statuses = parts.map(([kind, seconds]): Status => {
      const from = at;
      at += seconds * 1_000;
      return [kind, new Date(from).toISOString(), new Date(at).toISOString()];
    });
    const [opening, asOf] = [['2023-01-23T11:00Z', '2023-01-23T12:00Z'] as [string, string], '2023-01-23T12:00Z'];
    const [bar] = bars(windowOf(linesOf(timelineOf('UTC', asOf, [opening], statuses), 'all', paint), 'last_hour'));
    return bar.split('  ')[1];
  }
  const minutes = (count: number): number => (count * MINUTE_MS) / 1_000;

  it('differs for each kind', () => {
    const kinds = ['unknown', 'up', 'carriedUp', 'down', 'carriedDown'] as const;
    expect(barOf(kinds.map((kind) => [kind, minutes(12)]))).toBe('??????██████▒▒▒▒▒▒xxxxxx------');
  });

  it('shows the kind of most of its time', () => {
    // Of the first two minutes 61 s are down, of the next two 59 s are carried down.
    expect(
      barOf([
        ['up', 59],
        ['down', 61 + 61],
        ['carriedDown', 59 + minutes(56)],
      ]),
    ).toBe(`xx${'-'.repeat(28)}`);
  });

  it('is coloured individually, by its kind', () => {
    const painted = barOf(
      [
        ['up', minutes(4)],
        ['down', minutes(56)],
      ],
      (kind, sign) => `${kind}${sign}`,
    );
    expect(painted).toBe(`${Evidence.up}█`.repeat(2) + `${Evidence.down}x`.repeat(28));
  });
});
