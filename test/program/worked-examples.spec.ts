import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Evidence } from '../../libs/uptime/segments.js';
import type { FileKind } from '#libs/file-kind.js';
import { entriesOf } from '../../src/features/timelines/in-order.js';
import { type Program, openProgram } from './program.js';

/** An example in docs/numbers.md: its rows and its expected results. */
interface Example {
  readonly title: string;
  readonly asOf: string;
  readonly files: readonly [kind: FileKind, csv: string][];
  /** Rows of the table of the uptime breakdown: [store, from, to, part, minutes]. */
  readonly parts: readonly string[][];
  /** Rows of the table of outages, unchanged. */
  readonly outages: readonly string[][];
  /** [basis, row of the report] */
  readonly rows: readonly [basis: string, row: string][];
}

/** The kinds of files, by a column that only one kind has. */
const KIND_OF_COLUMN: Record<string, FileKind> = {
  timezone_str: 'store_timezones',
  dayOfWeek: 'business_hours',
  date: 'special_hours',
  opened_on: 'store_life',
  status: 'store_status',
};

function readExample(section: string): Example {
  const files = [...section.matchAll(/```csv\n(.*?)```/gs)].map(([, csv]): [FileKind, string] => {
    const columns = csv.split('\n')[0].split(',');
    return [KIND_OF_COLUMN[columns.find((column) => column in KIND_OF_COLUMN)!], csv];
  });
  const tables = section.split('\n\n').filter((block) => block.startsWith('|'));
  const bodies = tables.map((table) => ({
    isOfOutages: table.split('\n')[0].includes('| Start |'),
    cells: table
      .split('\n')
      .slice(2)
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  }));
  const theStore = files[0][1].split('\n')[1].split(',')[0];
  return {
    title: section.split('\n')[0],
    asOf: /As of `(.*?)`/i.exec(section)![1],
    files,
    parts: bodies
      .filter((t) => !t.isOfOutages)
      .flatMap((t) => t.cells.map((c) => (c.length === 5 ? c : [theStore, ...c]))),
    outages: bodies
      .filter((t) => t.isOfOutages)
      .flatMap((t) => t.cells.map((c) => (c.length === 7 ? c : [theStore, ...c]))),
    rows: [...section.matchAll(/^ {4}(all|observed) +(\S+)$/gm)].map(([, basis, row]) => [basis, row]),
  };
}

const page = readFileSync('docs/numbers.md', 'utf8');
const EXAMPLES = page
  .split(/^#+ /m)
  .filter((section) => section.startsWith('Example: '))
  .map(readExample);

const PART_NAMES: Record<Evidence, string> = {
  [Evidence.up]: 'up',
  [Evidence.down]: 'down',
  [Evidence.carriedUp]: 'carried_up',
  [Evidence.carriedDown]: 'carried_down',
  [Evidence.unknown]: 'unknown',
};
const minute = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

it('docs/numbers.md contains its examples', () => {
  expect(EXAMPLES.map(({ title }) => title)).toHaveLength(8);
});

describe.each(EXAMPLES)('$title', ({ asOf, files, parts, outages, rows }) => {
  let program: Program;
  const from = new Date(Date.parse(asOf) - 7 * 86_400_000).toISOString();
  const stores = [...new Set([...parts, ...outages].map(([store]) => store))];

  beforeAll(async () => {
    program = await openProgram();
    for (const [kind, csv] of files) expect(await program.load(kind, csv)).toMatchObject({ rejectedRows: 0 });
  });
  afterAll(() => program.close());

  it('matches the page', async () => {
    if (parts.length > 0) {
      const merged = (await Promise.all(stores.map((store) => partsOf(program, store, from, asOf)))).flat();
      const shown = parts.map(([store, start, end, part, minutes]) => [store, start, end, part.split(':')[0], minutes]);
      expect(merged).toEqual(shown);
    }
    if (outages.length > 0) {
      const listed = await Promise.all(stores.map((store) => outagesOf(program, store, from, asOf)));
      expect(listed.flat()).toEqual(outages);
    }
    for (const [basis, row] of rows) expect((await program.report({ asOf, basis })).split('\n')).toContain(row);
    expect(parts.length + outages.length).toBeGreaterThan(0);
  });
});

/** Adjacent segments of the same part are one row of the table, whatever polls they are based on. */
async function partsOf(program: Program, store: string, from: string, asOf: string): Promise<string[][]> {
  const merged: { startMs: number; endMs: number; kind: Evidence }[] = [];
  const { statuses } = await program.timelines.timeline(store, from, asOf);
  for (const { startMs, endMs, kind } of entriesOf(statuses)) {
    const last = merged.at(-1);
    if (last?.kind === kind && last.endMs === startMs) last.endMs = endMs;
    else merged.push({ startMs, endMs, kind });
  }
  return merged.map(({ startMs, endMs, kind }) => [
    store,
    minute(startMs),
    minute(endMs),
    PART_NAMES[kind],
    String((endMs - startMs) / 60_000),
  ]);
}

async function outagesOf(program: Program, store: string, from: string, asOf: string): Promise<string[][]> {
  return (await program.timelines.outages(store, from, asOf)).map((o) => {
    const end = o.isOngoing ? 'ongoing' : minute(o.endMs);
    const [lost, observed] = [o.openMs, o.downMs].map((ms) => String(ms / 60_000));
    return [
      store,
      minute(o.startMs),
      end,
      lost,
      observed,
      minute(o.firstPollMs),
      o.endPollMs ? minute(o.endPollMs) : '',
    ];
  });
}
