import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { newReport, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** Metric names have one of these prefixes. */
const NAME = /\b(?:storewatch|nodejs|process)_[a-z_]+/g;

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}
interface Dashboard {
  readonly schemaVersion: number;
  readonly uid: string;
  readonly panels: readonly Panel[];
}

let server: Storewatch;
/** The names of samples, and the names in TYPE lines. */
let exported: Set<string>;
let headed: string[];
let dashboard: Dashboard;

beforeAll(async () => {
  server = await startStorewatch();
  await sendJson(server, 'POST', '/v1/polls', {
    polls: [{ store_id: 's', status: 'active', timestamp_utc: '2026-10-05T10:10:00Z' }],
  });
  await newReport(server);
  await server.grpc.listTimezones();
  const { text } = await send(server, '/metrics');
  exported = new Set(text.match(/^[a-z_]+/gm));
  // A histogram without a sample has only its TYPE line.
  for (const [, name] of text.matchAll(/^# TYPE (\S+) histogram$/gm)) {
    for (const suffix of ['_bucket', '_sum', '_count']) exported.add(name + suffix);
  }
  headed = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  dashboard = JSON.parse(await readFile('ops/grafana-dashboard.json', 'utf8')) as Dashboard;
});
afterAll(() => server?.close());

/** The metrics in these queries that the program does not export. */
const missing = (queries: string): string[] => [...new Set(queries.match(NAME))].filter((name) => !exported.has(name));

describe('the program exports every metric', () => {
  it.each(['ops/alerts.yml', 'ops/alerts.test.yml'])('named in %s', async (path) => {
    const text = await readFile(path, 'utf8');
    expect(text.match(NAME)?.length).toBeGreaterThan(10);
    expect(missing(text)).toEqual([]);
  });

  it('shown on the dashboard', () => {
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(queries.length).toBeGreaterThan(30);
    expect(missing(queries.join('\n'))).toEqual([]);
  });

  it('described in docs/observability.md, and all of its own metrics are described there', async () => {
    const text = await readFile('docs/observability.md', 'utf8');
    const described = [...new Set(text.match(NAME))].filter((name) => /[a-z]$/.test(name));
    expect(described.filter((name) => !headed.includes(name))).toEqual([]);
    expect(headed.filter((name) => name.startsWith('storewatch_') && !described.includes(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('can be imported by Grafana: known schema, unique panel ids, no overlaps, one data source', () => {
    expect(dashboard).toMatchObject({ schemaVersion: 41, uid: 'storewatch' });
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
    const sources = panels.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource.uid));
    expect([...new Set(sources)]).toEqual(['${datasource}']);
  });
});
