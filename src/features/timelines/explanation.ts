import { formatLocalDate } from '#libs/calendar/local-date.js';
import { Zone } from '#libs/calendar/zone.js';
import { formatDuration } from '#libs/instant/duration.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, formatInstant } from '#libs/instant/instant.js';
import { type Interval, clip } from '#libs/intervals/intervals.js';
import {
  type Basis,
  PART_NAMES,
  type UptimeBreakdown,
  downtimeMs,
  formatHundredths,
  noParts,
  sumInto,
  uptimeMs,
} from '#libs/uptime/breakdown.js';
import { Evidence } from '#libs/uptime/segments.js';
import { type Window, standardWindows } from '#libs/uptime/windows.js';
import { type InOrder, entriesOf, firstFrom, inOrder } from './in-order.js';
import type { StatusInterval } from './status-columns.js';
import type { Timeline } from './timelines.service.js';

/** The sign for a column of a bar, by the kind of most of its time. */
const SIGNS: Record<Evidence, string> = {
  [Evidence.up]: '█',
  [Evidence.carriedUp]: '▒',
  [Evidence.down]: 'x',
  [Evidence.carriedDown]: '-',
  [Evidence.unknown]: '?',
};
const LEGEND = '█ up   ▒ carried up   x down   - carried down   ? unknown';

const COLUMNS = ['open', 'up', 'down', 'carried up', 'carried down', 'unknown'];

/** The figures of the seven-column report. */
const FIGURES: Record<string, { unitMs: number; unit: string; uptime: string; downtime: string }> = {
  last_hour: {
    unitMs: MINUTE_MS,
    unit: 'min',
    uptime: 'uptime_last_hour(in minutes)',
    downtime: 'downtime_last_hour(in minutes)',
  },
  last_day: {
    unitMs: HOUR_MS,
    unit: 'h',
    uptime: 'uptime_last_day(in hours)',
    downtime: 'downtime_last_day(in hours)',
  },
  last_week: {
    unitMs: HOUR_MS,
    unit: 'h',
    uptime: 'update_last_week(in hours)',
    downtime: 'downtime_last_week(in hours)',
  },
};

/** Colours a sign of a bar, or returns it unchanged. */
export type Paint = (kind: Evidence, sign: string) => string;

/**
 * Explains the six figures of a store's row in the report, in lines for a terminal.
 * @param week the store's timeline of the 168 hours before as-of
 */
export function* explanation(
  week: Timeline,
  basis: Basis,
  pollValidForMs: number,
  paint: Paint = (_kind, sign) => sign,
): Generator<string> {
  const asOfMs = week.endMs;
  const local = new LocalClock(Zone.get(week.calendar.zone));
  const validFor = formatDuration(pollValidForMs);
  yield `${week.storeId} in ${week.calendar.zone}, as of ${local.date(asOfMs)} ${local.time(asOfMs)} (${formatInstant(asOfMs)})`;
  yield `A poll is observed for ${validFor} inside its opening, then carried. Times are local, durations h:mm:ss.`;
  yield LEGEND;
  const runs = runsOf(week.statuses);
  for (const window of standardWindows(asOfMs)) {
    yield '';
    yield* explainWindow(week.openings, runs, window, basis, local, paint);
  }
}

function* explainWindow(
  allOpenings: readonly Interval[],
  runs: InOrder<Run>,
  { name, startMs, endMs }: Window,
  basis: Basis,
  local: LocalClock,
  paint: Paint,
): Generator<string> {
  const openings = clip(allOpenings, startMs, endMs).flatMap((opening) => local.days(opening));
  const rows = openings.map((opening) => {
    const inside = runsIn(runs, opening);
    return { opening, inside, parts: sumOf(inside) };
  });
  const sum = sumOf(runsIn(runs, { startMs, endMs }));
  const columnMs = columnFor(openings);
  const span = `${local.date(startMs)} ${local.time(startMs)} to ${local.date(endMs)} ${local.time(endMs)}`;
  yield `${name}: ${span}${openings.length === 0 ? ', never open' : ''}`;
  if (openings.length > 0) {
    const bars = rows.map(({ opening, inside }) => bar(opening, inside, columnMs));
    const each = `${formatDuration(columnMs)} each`;
    const width = Math.max(...bars.map((kinds) => kinds.length), each.length);
    const labels = rows.map(({ opening }) => local.span(opening));
    const label = Math.max(...labels.map((text) => text.length));
    const cells = (parts: Readonly<UptimeBreakdown>): string =>
      PART_NAMES.map((part) => formatClock(parts[part]).padStart(14)).join('');
    yield `  ${'opening'.padEnd(label)}  ${each.padEnd(width)}${COLUMNS.map((c) => c.padStart(14)).join('')}`;
    for (const [i, { parts }] of rows.entries()) {
      const signs = bars[i].map((kind) => paint(kind, SIGNS[kind])).join('') + ' '.repeat(width - bars[i].length);
      yield `  ${labels[i].padEnd(label)}  ${signs}${cells(parts)}`;
    }
    yield `  ${'sum'.padEnd(label)}  ${' '.repeat(width)}${cells(sum)}`;
  }
  yield* figures(FIGURES[name], sum, basis);
}

function* figures(
  { unitMs, unit, uptime, downtime }: (typeof FIGURES)[string],
  parts: Readonly<UptimeBreakdown>,
  basis: Basis,
): Generator<string> {
  const clock = (part: keyof UptimeBreakdown): string => formatClock(parts[part]);
  const [up, down] = [uptimeMs(parts, basis), downtimeMs(parts, basis)];
  const ways =
    basis === 'all'
      ? [
          `up ${clock('upMs')} + carried up ${clock('carriedUpMs')}`,
          `open ${clock('openMs')} - uptime ${formatClock(up)}`,
        ]
      : [`up ${clock('upMs')}`, `down ${clock('downMs')}`];
  const figure = (ms: number): string => `${formatClock(ms)} = ${formatHundredths(ms, unitMs)} ${unit}`;
  yield `  ${uptime} = ${ways[0]} = ${figure(up)}`;
  yield `  ${downtime} = ${ways[1]} = ${figure(down)}`;
}

/** Consecutive time of one kind, which may rest on several polls. */
interface Run extends Interval {
  readonly kind: Evidence;
}

function runsOf(statuses: InOrder<StatusInterval>): InOrder<Run> {
  const runs: { kind: Evidence; startMs: number; endMs: number }[] = [];
  for (let index = 0; index < statuses.count; index++) {
    const { kind, startMs, endMs } = statuses.entry(index);
    const last = runs.at(-1);
    if (last?.kind === kind && last.endMs === startMs) last.endMs = endMs;
    else runs.push({ kind, startMs, endMs });
  }
  return inOrder(runs, ({ startMs }) => startMs);
}

/** The runs inside an interval, cut off at its ends. */
function runsIn(runs: InOrder<Run>, { startMs, endMs }: Interval): Run[] {
  // the previous run may end inside
  const first = Math.max(firstFrom(runs, startMs) - 1, 0);
  const parts = entriesOf(runs, first, firstFrom(runs, endMs)).map((run) => ({
    kind: run.kind,
    startMs: Math.max(run.startMs, startMs),
    endMs: Math.min(run.endMs, endMs),
  }));
  return parts.filter((part) => part.endMs > part.startMs);
}

function sumOf(runs: readonly Run[]): UptimeBreakdown {
  const parts = noParts();
  const add = sumInto(parts, -Infinity);
  for (const { kind, startMs, endMs } of runs) add(kind, startMs, endMs, -1);
  return parts;
}

const MAX_COLUMNS = 50;
const COLUMN_LENGTHS = [1, 2, 5, 10, 15, 30, 60].map((minutes) => minutes * MINUTE_MS);

/** The shortest column length at which the longest opening fits. */
function columnFor(openings: readonly Interval[]): number {
  const longestMs = Math.max(...openings.map(({ startMs, endMs }) => endMs - startMs), 0);
  return COLUMN_LENGTHS.find((ms) => longestMs / ms <= MAX_COLUMNS) ?? HOUR_MS;
}

/** For each column of an opening, the kind of most of its time. @param runs the runs in the opening */
function bar({ startMs, endMs }: Interval, runs: readonly Run[], columnMs: number): Evidence[] {
  const columns = Array.from({ length: Math.ceil((endMs - startMs) / columnMs) }, () => [0, 0, 0, 0, 0]);
  for (const run of runs) {
    for (let column = Math.floor((run.startMs - startMs) / columnMs); column < columns.length; column++) {
      const columnStartMs = startMs + column * columnMs;
      if (columnStartMs >= run.endMs) break;
      columns[column][run.kind] += Math.min(run.endMs, columnStartMs + columnMs) - Math.max(run.startMs, columnStartMs);
    }
  }
  return columns.map((byKind) => byKind.indexOf(Math.max(...byKind)) as Evidence);
}

/** `61:05:00`, with non-zero milliseconds appended. */
function formatClock(ms: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(ms / HOUR_MS), Math.floor(ms / MINUTE_MS) % 60];
  const [seconds, rest] = [Math.floor(ms / SECOND_MS) % 60, ms % SECOND_MS];
  return `${hours}:${two(minutes)}:${two(seconds)}${rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`}`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Formats instants as the store's local time, with the UTC offset. */
class LocalClock {
  constructor(private readonly zone: Zone) {}

  /** `Mon 2026-11-23` */
  date(utcMs: number): string {
    const localMs = this.zone.toLocalMs(utcMs);
    return `${DAYS[new Date(localMs).getUTCDay()]} ${formatLocalDate(Math.floor(localMs / DAY_MS))}`;
  }

  /** `09:00 -06:00`, with non-zero seconds. */
  time(utcMs: number): string {
    const time = formatInstant(this.zone.toLocalMs(utcMs)).slice(11, 23);
    const short = time.replace(/(:00)?\.000$/, '');
    const offset = this.zone.offsetMs(utcMs);
    const shown = formatInstant(Math.abs(offset)).slice(11, 16);
    return `${short} ${offset < 0 ? '-' : '+'}${shown}`;
  }

  /** `Mon 2026-11-23 09:00 -06:00 to 17:30 -06:00`. An end at or before the start is on the next day. */
  span({ startMs, endMs }: Interval): string {
    return `${this.date(startMs)} ${this.time(startMs)} to ${this.time(endMs)}`;
  }

  /** Splits a long opening at local midnights, so that each part fits on a line. */
  days({ startMs, endMs }: Interval): Interval[] {
    if (endMs - startMs <= DAY_MS) return [{ startMs, endMs }];
    const pieces: Interval[] = [];
    for (let at = startMs; at < endMs;) {
      const nextDay = (Math.floor(this.zone.toLocalMs(at) / DAY_MS) + 1) * DAY_MS;
      const midnight = this.zone.toUtcMs(nextDay); // not after `at` when the clocks go back at midnight
      const until = Math.min(endMs, midnight > at ? midnight : at + HOUR_MS);
      pieces.push({ startMs: at, endMs: until });
      at = until;
    }
    return pieces;
  }
}
