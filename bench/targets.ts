import { type Row, atLeast, atMost } from '#bench/rows.js';
import type { Run } from '#bench/run.js';
import type { DuckDb } from '#bench/stages/cold.js';
import type { History } from '#bench/stages/history.js';
import type { Live } from '#bench/stages/live.js';
import type { Smooth } from '#bench/stages/smooth.js';
import { median } from '#bench/statistics.js';

/** The rows of the table: what was measured, beside the targets of issue 4. docs/performance.md explains each. */

export const coldRow = ({ seconds, peakMb, output }: Run, duckdb: DuckDb): Row =>
  atMost(
    {
      what: 'cold',
      value: seconds,
      unit: 's',
      floor: duckdb.seconds,
      of: 'DuckDB script',
      detail: { peakMb, output: output.trim().split('\n'), duckdbRuns: duckdb.runs, duckdbPeakMb: duckdb.peakMb },
    },
    2.5,
  );

/** How long what is written alone takes PostgreSQL; a second here is a floor. */
export const loadFloor = ({ pollRows, copyPolls }: History): number => pollRows / median(copyPolls);

export function historyRows(h: History, cold: Run, duckdb: DuckDb): Row[] {
  const late = h.late.map(({ rollup }) => rollup.seconds);
  const report = { value: median(h.reports), unit: 's', detail: { reports: h.reports, weekSums: h.weekSums } } as const;
  return [
    atLeast(
      {
        what: 'load',
        value: h.pollRows / h.load,
        unit: '/s',
        floor: loadFloor(h),
        of: 'binary COPY',
        detail: { seconds: h.load, rows: h.pollRows, copySeconds: h.copyPolls },
      },
      0.6,
    ),
    atMost({ what: 'reload', value: h.reload, unit: 's', floor: h.load, of: 'first load' }, 0.6),
    atMost(
      {
        what: 'rollups',
        value: h.rollup.seconds,
        unit: 's',
        floor: median(h.copyHours),
        of: 'binary COPY',
        detail: { copySeconds: h.copyHours },
      },
      1.5,
    ),
    atMost({ what: 'report', ...report, floor: median(h.weekSums), of: 'SQL sum' }, 2),
    atMost({ what: 'report, one-shot', ...report, floor: duckdb.seconds, of: 'DuckDB script' }, 1 / 8),
    atMost(
      { what: 'tick', value: median(h.ticks), unit: 's', floor: cold.seconds, of: 'cold', detail: { ticks: h.ticks } },
      1 / 10,
    ),
    atMost(
      {
        what: 'late',
        value: median(late),
        unit: 's',
        floor: h.rollup.seconds,
        of: 'rollups',
        detail: { rounds: h.late.map((l) => ({ load: l.load, rollup: l.rollup.seconds })) },
      },
      1 / 15,
    ),
  ];
}

export function liveRows({ grpc, rest }: Live, floor: number): Row[] {
  const row = (what: string, value: number, absolute: number, share: number): Row =>
    atLeast(
      { what, value, unit: '/s', floor, of: 'load floor', detail: { absolute } },
      Math.min(absolute / floor, share),
    );
  return [row('live, gRPC', grpc, 60_000, 0.35), row('live, REST', rest, 30_000, 0.2)];
}

/** Times and sizes that people feel as such: the floor is the bound itself. */
const bound = (what: string, value: number, unit: 'ms' | 's' | 'MB', limit: number, detail: object): Row =>
  atMost({ what, value, unit, floor: limit, of: 'bound', detail: { ...detail } }, 1);

export const smoothRows = (smooth: Smooth): Row[] => [
  bound('smooth, get_report p99', smooth.p99Ms, 'ms', 50, smooth),
  bound('smooth, event loop p99', smooth.loopP99Ms, 'ms', 30, {}),
];

export const startRow = (starts: readonly number[]): Row => bound('start', median(starts), 's', 3, { starts });

/** @param peaks of the command of `cold`, and of the server after each stage */
export const memoryRow = (peaks: Readonly<Record<string, number>>): Row =>
  bound('memory', Math.max(...Object.values(peaks)), 'MB', 300, peaks);

/** A history of other size beside one that was measured in the same run. */
export function growthRows(big: History, base: History): Row[] {
  const times = (what: string, of: (h: History) => number, limit: number): Row =>
    atMost({ what: `growth, ${what}`, value: of(big), unit: 's', floor: of(base), of: 'base' }, limit);
  return [
    times('report', (h) => median(h.reports), 1.25),
    times('tick', (h) => median(h.ticks), 1.25),
    times('late', (h) => median(h.late.map(({ rollup }) => rollup.seconds)), 1.25),
    perPoll('growth, load', big, base, (h) => h.load, 1.3),
    sameMemory('growth, memory', big, base),
  ];
}

export const widthRows = (wide: History, base: History): Row[] => [
  perPoll('width, load', wide, base, (h) => h.load, NOISE),
  perPoll('width, rollups', wide, base, (h) => h.rollup.seconds, NOISE),
  perPoll('width, report', wide, base, (h) => median(h.reports), NOISE),
  sameMemory('width, memory', wide, base),
];

/** Two runs of the same thing on a shared machine differ by this much. */
const NOISE = 1.1;

function perPoll(what: string, big: History, base: History, secondsOf: (h: History) => number, limit: number): Row {
  const [value, floor] = [big, base].map((h) => (secondsOf(h) / h.pollRows) * 1e6);
  const detail = {
    seconds: secondsOf(big),
    baseSeconds: secondsOf(base),
    rows: big.pollRows,
    rollups: big.rollup.seconds,
  };
  return atMost({ what, value, unit: 'us/poll', floor, of: 'base', detail }, limit);
}

const sameMemory = (what: string, big: History, base: History): Row =>
  atMost(
    {
      what,
      value: big.peaks.later,
      unit: 'MB',
      floor: base.peaks.later,
      of: 'base',
      detail: { peaks: big.peaks, basePeaks: base.peaks },
    },
    NOISE,
  );
