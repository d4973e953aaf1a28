import type { Pool } from 'pg';
import type { Sent } from '../program/recorded.js';

/** How Citus runs the statements of the program: on one shard, on some or on all. */

export interface StatementPlan {
  /** Without its values. */
  readonly text: string;
  /** How many different statements became this text. */
  readonly calls: number;
  /** The numbers of shards that parts of it were sent to, over all plans that were looked at, ascending. */
  readonly tasks: readonly number[];
  /** What Citus does on the coordinator besides; empty: nothing. */
  readonly beside: readonly string[];
}

/** Looked at for each text: its values decide which shards are needed. */
const PLANS_PER_TEXT = 12;

/** A statement without its values: those of one query with other stores and days have the same text. */
export const withoutValues = (text: string): string =>
  text
    .toLowerCase()
    .replace(/'\{[\d,]*\}'/g, "'{..}'")
    .replace(/(?<!date )'-?(infinity|\d{4}-\d\d-\d\d[^']*)'/g, "'..'")
    .replace(/\('\.\.'(, '\.\.')+\)/g, "('..', ..)")
    .replace(/(\(\$\d+, \$\d+, \$\d+\), )+\(\$\d+, \$\d+, \$\d+\)/g, () => '($1, $2, $3), ..')
    .replace(/day = '\.\.'|day between '\.\.' and '\.\.'|day in \('\.\.', \.\.\)/g, 'day ..')
    .replace(/\b(store_id|id) >= \d+ and \1 < \d+/g, '$1 >= .. and $1 < ..')
    .replace(/store_id between \d+ and \d+/g, 'store_id between .. and ..')
    .replace(/_(before_)?\d{8}\b/g, '_$1YYYYMMDD');

const EXPLAINABLE = /^(select|insert|update|delete|with)\b/;

/** @param shards how many shards a table has */
export async function plansOf(pool: Pool, calls: readonly Sent[], shards: number): Promise<StatementPlan[]> {
  const plans: StatementPlan[] = [];
  const byText = Map.groupBy(calls, ({ text }) => withoutValues(text));
  for (const [text, alike] of byText) {
    const distinct = [...new Map(alike.map((call) => [JSON.stringify(call), call])).values()];
    const step = Math.max(1, Math.floor(distinct.length / PLANS_PER_TEXT));
    const looked = distinct.filter((_, index) => index % step === 0).slice(0, PLANS_PER_TEXT);
    const [tasks, beside] = [new Set<number>(), new Set<string>()];
    for (const call of looked) {
      const plan = await planOf(pool, call, shards);
      for (const count of plan.tasks) tasks.add(count);
      for (const what of plan.beside) beside.add(what);
    }
    plans.push({ text, calls: distinct.length, tasks: [...tasks].sort((a, b) => a - b), beside: [...beside].sort() });
  }
  return plans.sort((a, b) => (a.text < b.text ? -1 : 1));
}

async function planOf(
  pool: Pool,
  { text, values }: Sent,
  shards: number,
): Promise<{ tasks: number[]; beside: string[] }> {
  const query = text.replace(/^copy \((.*)\) to stdout.*$/i, '$1');
  if (/^copy .* from stdin/i.test(text)) return { tasks: [], beside: ['COPY: each row to its shard'] };
  if (/^begin .*lock table/i.test(text)) return { tasks: [shards], beside: ['LOCK TABLE: on every server'] };
  if (!EXPLAINABLE.test(query.toLowerCase())) return { tasks: [shards], beside: ['DDL: on every server'] };
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain (costs off) ${query}`, [...values]);
  const lines = rows.map((row) => row['QUERY PLAN']);
  const counts = lines.flatMap((line) => /Task Count: (\d+)/.exec(line)?.[1] ?? []).map(Number);
  const beside = lines.flatMap((line) => /Distributed Subplan|INSERT\/SELECT method: .*/.exec(line)?.[0] ?? []);
  return { tasks: counts, beside };
}

/** For the documentation. */
export function tableOf(plans: readonly StatementPlan[], shards: number): string {
  const rows = plans.map(({ text, calls, tasks, beside }) => {
    const where = tasks.map((count) => (count === shards ? 'all' : count === 1 ? 'one' : 'some'));
    const cells = [where.length === 0 ? 'by row' : [...new Set(where)].join(', '), tasks.join(', '), beside.join('; ')];
    return `| \`${text.replaceAll('|', '\\|')}\` | ${cells.join(' | ')} | ${calls} |`;
  });
  return `${['| Statement | Shards | Tasks | Besides | Recorded |', '|---|---|---|---|--:|', ...rows].join('\n')}\n`;
}
