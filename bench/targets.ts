import { type Row, atLeast, atMost } from '#bench/rows.js';
import type { Run } from '#bench/run.js';
import type { Citus } from '#bench/stages/citus.js';
import type { DuckDb } from '#bench/stages/cold.js';
import type { Dense } from '#bench/stages/dense.js';
import type { History } from '#bench/stages/history.js';
import type { Live } from '#bench/stages/live.js';
import type { Million } from '#bench/stages/million.js';
import type { Smooth } from '#bench/stages/smooth.js';
import type { Asked, Year } from '#bench/stages/year.js';
import { median } from '#bench/statistics.js';

/** The rows of the table: measurements and their targets. docs/performance.md explains each. */

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
    2.2,
  );

/** The floor of loading: rows per second of PostgreSQL's COPY alone. */
export const loadFloor = ({ pollRows, copyPolls }: History): number => pollRows / median(copyPolls);

export function historyRows(h: History, duckdb: DuckDb): Row[] {
  const late = h.late.map(({ load, rollup }) => load + rollup.seconds);
  const script = { unit: 's', floor: duckdb.seconds, of: 'DuckDB script' } as const;
  return [
    atLeast(
      {
        what: 'load',
        value: h.pollRows / h.load,
        unit: '/s',
        floor: loadFloor(h),
        of: 'row COPY',
        detail: { seconds: h.load, rows: h.pollRows, copySeconds: h.copyPolls },
      },
      1.6,
    ),
    atMost({ what: 'reload', value: h.reload, ...script }, 0.8),
    atMost(
      {
        what: 'rollups',
        value: h.rollup.seconds,
        unit: 's',
        floor: median(h.copyHours),
        of: 'hour COPY',
        detail: { copySeconds: h.copyHours, hours: h.hourRows },
      },
      0.35,
    ),
    atMost(
      { what: 'report', value: median(h.reports), ...script, detail: { reports: h.reports, sums: h.weekSums } },
      1 / 8,
    ),
    atMost({ what: 'tick', value: median(h.ticks), ...script, detail: { ticks: h.ticks } }, 0.35),
    atMost(
      {
        what: 'late',
        value: median(late),
        ...script,
        detail: { rounds: h.late.map((l) => ({ load: l.load, rollup: l.rollup.seconds })) },
      },
      0.08,
    ),
    size('disk, a poll with its key', h.bytes.polls / h.pollRows, 9),
    size('disk, an hour with its key', h.bytes.hours / h.hourRows, 9),
  ];
}

const size = (what: string, value: number, limit: number): Row =>
  atMost({ what, value, unit: 'bytes', floor: limit, of: 'bound' }, 1);

export function liveRows({ grpc, rest }: Live, floor: number): Row[] {
  const row = (what: string, value: number, share: number): Row =>
    atLeast({ what, value, unit: '/s', floor, of: 'row COPY' }, share);
  return [row('live, gRPC', grpc, 0.12), row('live, REST', rest, 0.07)];
}

/** Times and sizes with an absolute limit: the floor is the limit itself. */
const bound = (what: string, value: number, unit: 'ms' | 's' | 'MB', limit: number, detail: object): Row =>
  atMost({ what, value, unit, floor: limit, of: 'bound', detail: { ...detail } }, 1);

export const smoothRows = (smooth: Smooth): Row[] => [
  bound('smooth, get_report p99', smooth.p99Ms, 'ms', 50, smooth),
  bound('smooth, event loop p99', smooth.loopP99Ms, 'ms', 30, {}),
];

export const startRow = (starts: readonly number[]): Row => bound('start', median(starts), 's', 3, { starts });

/** @param peaks peak memory of the command in `cold`, and of the server after each stage */
export const memoryRow = (peaks: Readonly<Record<string, number>>): Row =>
  bound('memory', Math.max(...Object.values(peaks)), 'MB', 300, peaks);

/** Compares a history of another size with one from the same run. */
export function growthRows(big: History, base: History): Row[] {
  const times = (what: string, of: (h: History) => number, limit: number): Row =>
    atMost({ what: `growth, ${what}`, value: of(big), unit: 's', floor: of(base), of: 'base' }, limit);
  return [
    times('report', (h) => median(h.reports), 1.25),
    times('tick', (h) => median(h.ticks), 1.25),
    times('late', (h) => median(h.late.map(({ rollup }) => rollup.seconds)), 1.25),
    perPoll('growth, load', big, base, (h) => h.load, 1.25),
    sameMemory('growth, memory', big, base),
  ];
}

export const widthRows = (wide: History, base: History): Row[] => [
  perPoll('width, load', wide, base, (h) => h.load, NOISE),
  perPoll('width, rollups', wide, base, (h) => h.rollup.seconds, NOISE),
  perPoll('width, report', wide, base, (h) => median(h.reports), NOISE),
  sameMemory('width, memory', wide, base, 1.25),
];

/** Compares a year with its first weeks. Each query counts with the slowest of the weeks. */
export function yearRows(y: Year): Row[] {
  const asked = (what: keyof Asked): Row =>
    atMost(
      {
        what: `year, ${what}`,
        value: Math.max(...y.asked.map((a) => a[what])),
        unit: 's',
        floor: y.base[what],
        of: 'base',
      },
      1.25,
    );
  const ends = 4;
  return [
    bound('year, database', y.databaseBytes / 1e6, 'MB', 2_000, { ...y }),
    atMost(
      {
        what: 'year, load',
        value: median(y.loads.slice(-ends)) * 1e6,
        unit: 'us/poll',
        floor: median(y.loads.slice(0, ends)) * 1e6,
        of: 'base',
      },
      1.3,
    ),
    asked('report'),
    asked('timeline'),
    asked('outages'),
  ];
}

export const denseRows = ({ fiveMinutes, second }: Dense): Row[] => [
  size('disk, a poll every 5 minutes', fiveMinutes.bytes / fiveMinutes.polls, 4.5),
  bound('second, timeline', second.timeline, 's', 1, second),
  bound('second, explain', second.explain, 's', 1, {}),
  bound('second, report', second.report, 's', 1, {}),
  bound('second, memory', second.peakMb, 'MB', 300, {}),
];

export function millionRows(m: Million): Row[] {
  const { load, rollup, report, page, pageAgain } = m;
  const steps = { load, rollup, report, page, pageAgain };
  return [
    bound('million, load', load.seconds, 's', 300, { stores: m.stores, polls: m.polls }),
    bound('million, rollups', rollup.seconds, 's', 60, {}),
    bound('million, report', report.seconds, 's', 60, {}),
    bound('million, page', page.seconds, 's', 120, {}),
    bound('million, page again', pageAgain.seconds, 's', 5, {}),
    bound('million, memory', pageAgain.peakMb, 'MB', 400, { ...steps, databaseBytes: m.databaseBytes }),
  ];
}

/** A small batch may cost three times as much as on plain PostgreSQL; the rest, twice. */
export function citusRows({ polls, citus, plain }: Citus): Row[] {
  const compared = (what: string, value: number, floor: number, limit = 2): Row =>
    atMost({ what: `Citus, ${what}`, value, unit: 's', floor, of: 'plain', detail: { polls, citus, plain } }, limit);
  return [
    compared('load', citus.load, plain.load),
    compared('rollups', citus.rollup, plain.rollup),
    compared('report', median(citus.reports), median(plain.reports)),
    compared('a poll of each store and its rollup', median(citus.ticks), median(plain.ticks)),
    compared('a batch of 300 polls', median(citus.batches), median(plain.batches), 3),
  ];
}

/** Allowed ratio between two runs of the same work on a shared machine. */
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

const sameMemory = (what: string, big: History, base: History, limit = NOISE): Row =>
  atMost(
    {
      what,
      value: big.peaks.later,
      unit: 'MB',
      floor: base.peaks.later,
      of: 'base',
      detail: { peaks: big.peaks, basePeaks: base.peaks },
    },
    limit,
  );
