import type { Counts } from './stage.js';

/** The counts that are promised to be 0. */
const PROMISED = [
  'polls lost',
  'polls with another status',
  'polls that nobody sent',
  'polls counted twice, or not at all, in hours',
  'hours and days unlike a clean recomputation',
  'reports lost',
  'reports made twice',
  'reports stuck after 60 s',
  'reports failed without a reason',
  'complete reports with a broken file',
  'partial files read',
  'unfinished files left after 90 s',
  'files of no complete report left after 90 s',
  'imports stuck after 90 s',
  'imports beyond the disk that were not refused',
  'requests without an answer in 30 s',
  'answers that are neither success nor 429 or 503',
  'rejections without Retry-After',
  'floods in which nothing was served, or nothing refused',
  'floods that took too much memory',
  'floods after which nothing was served for 10 s',
  'clients stuck after 60 s',
  'faults not recovered from in 60 s',
  'processes that ended by themselves',
  'failed first starts',
  'deployments that did not stop in 30 s',
  'losses that the checker does not see',
];

type Results = Readonly<Record<string, Counts>>;

/** A Markdown table with a column for each stage: first what happened, then the counts that are promised to be 0. */
export function table(results: Results): string {
  const stages = Object.keys(results);
  const names = [...new Set(Object.values(results).flatMap((counts) => Object.keys(counts)))];
  const row = (name: string, promised: string): string =>
    `| ${[name, promised, ...stages.map((stage) => (results[stage][name] ?? '').toLocaleString('en'))].join(' | ')} |`;
  return [
    `| | promised | ${stages.join(' | ')} |`,
    `|---|--:|${stages.map(() => '--:').join('|')}|`,
    ...names.filter((name) => !PROMISED.includes(name)).map((name) => row(name, '')),
    ...PROMISED.filter((name) => names.includes(name)).map((name) => row(name, '0')),
  ].join('\n');
}

export const isKept = (results: Results): boolean =>
  Object.values(results).every((counts) => PROMISED.every((name) => (counts[name] ?? 0) === 0));

/** Each promise of each stage is a check. An aborted stage counts as a failed check. */
export function checked(stages: readonly string[], results: Results): { passed: number; failed: number } {
  const kept = stages.flatMap((stage) => {
    const counts = results[stage];
    return counts ? PROMISED.filter((name) => name in counts).map((name) => counts[name] === 0) : [false];
  });
  return { passed: kept.filter(Boolean).length, failed: kept.filter((holds) => !holds).length };
}
