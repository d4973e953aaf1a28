import { expect } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import type { Storewatch } from './server.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
  json(): unknown;
}

/** A problem document (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  field?: string;
  errors?: { pointer?: string; parameter?: string; header?: string; detail: string }[];
  import?: ImportBody;
}

export type FileKind =
  | 'store_status'
  | 'business_hours'
  | 'store_timezones'
  | 'special_hours'
  | 'store_life'
  | 'stores';

export interface ImportBody {
  import_id: string;
  kind: string;
  status: string;
  read: number;
  accepted: number;
  duplicate: number;
  rejected: number;
  reject_reasons: { reason: string; rows: number; first_line: number }[];
  warnings: string[];
  error: string | null;
  started_at: string;
  finished_at: string | null;
}

export const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
/** A UUID that does not exist. */
export const NOBODY = '00000000-0000-4000-8000-000000000000';

const REPORT_LIMIT_MS = 30_000;
const BETWEEN_LOOKS_MS = 20;

/** Sends a request. Checks that the server answers with a known status and reveals no internals. */
export async function send(server: Storewatch, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(server.http + path, init);
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString('utf8');
  const answer = `${init.method ?? 'GET'} ${path}: ${response.status} ${text.slice(0, 500)}`;
  expect(answer).not.toMatch(/^\S+ \S+ 5\d\d|\n\s+at |node_modules|\.[jt]s:\d+/);
  return { status: response.status, headers: response.headers, bytes, text, json: () => JSON.parse(text) as unknown };
}

/** @param body text is sent unchanged */
export function sendJson(
  server: Storewatch,
  verb: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return send(server, path, {
    method: verb,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export function sendFile(
  server: Storewatch,
  kind: FileKind,
  body: string | Buffer<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return send(server, `/v1/imports/${kind}`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/csv', ...headers },
    body,
  });
}

/** Loads a file and checks that it is read to its end. */
export async function load(
  server: Storewatch,
  kind: FileKind,
  body: string | Buffer<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<ImportBody> {
  const answer = await sendFile(server, kind, body, headers);
  expect(answer).toMatchObject({ status: 201 });
  return answer.json() as ImportBody;
}

/** The problem document of a response. Checks that both statuses are the same. */
export function problemOf(answer: Answer): Problem {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = answer.json() as Problem;
  expect(problem).toMatchObject({ type: `urn:storewatch:problem:${problem.code}`, status: answer.status });
  if (problem.field !== undefined) expect(problem.errors?.[0]).toMatchObject({ detail: problem.detail });
  expect(problem.detail).toMatch(/\S.*\.$/s);
  return problem;
}

/** The rejects of an import without the header: line, reason and row. */
export async function rejectsOf(server: Storewatch, importId: string): Promise<[string, string, string][]> {
  const { text } = await send(server, `/v1/imports/${importId}/rejects`);
  const [header, ...rows]: string[][] = parse(text);
  expect(header).toEqual(['line', 'reason', 'raw_row']);
  return rows as [string, string, string][];
}

/** The response of get_report once the report is no longer running. */
export async function finishedReport(server: Storewatch, reportId: string): Promise<Answer> {
  const deadline = performance.now() + REPORT_LIMIT_MS;
  for (;;) {
    const answer = await send(server, `/get_report?report_id=${reportId}`);
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    if (!isJson || (answer.json() as { status: string }).status !== 'Running') return answer;
    if (performance.now() > deadline) throw new Error(`The report is still running: ${answer.text}`);
    await pause(BETWEEN_LOOKS_MS);
  }
}

/** The CSV of a new report. */
export async function newReport(
  server: Storewatch,
  options: { as_of?: string; basis?: string } = {},
): Promise<{ id: string; csv: Answer }> {
  const { report_id: id } = (await sendJson(server, 'POST', '/trigger_report', options)).json() as {
    report_id: string;
  };
  return { id, csv: await finishedReport(server, id) };
}

/** The body of POST /v1/reports. */
export interface NewReport {
  as_of?: unknown;
  basis?: unknown;
  stores?: unknown;
  filter?: unknown;
  windows?: unknown;
  format?: unknown;
  columns?: unknown;
  group_by?: unknown;
}

/** The response of GET /v1/reports/{report_id}. */
export interface ReportBody {
  report_id: string;
  status: string;
  message: string;
  progress: { stores_done: number; stores_total: number | null };
  as_of: string;
  basis: string;
  format: string;
  stores: string[] | null;
  windows: { name: string; from: string; to: string }[];
  account: { windows: object[] } | null;
  size_bytes: number | null;
  sha256: string | null;
  webhook: { host: string; state: string } | null;
  created_at: string;
  finished_at: string | null;
  expired_at: string | null;
}

/** The response of GET /v1/reports/{report_id} once the report is no longer running. */
export async function describedReport(server: Storewatch, reportId: string): Promise<ReportBody> {
  const deadline = performance.now() + REPORT_LIMIT_MS;
  for (;;) {
    const report = (await send(server, `/v1/reports/${reportId}`)).json() as ReportBody;
    if (report.status !== 'Running') return report;
    if (performance.now() > deadline) throw new Error(`The report is still running: ${JSON.stringify(report)}`);
    await pause(BETWEEN_LOOKS_MS);
  }
}

/** A new report of any stores and windows: its description and its file. */
export async function makeReport(
  server: Storewatch,
  options: NewReport = {},
): Promise<{ report: ReportBody; content: Answer }> {
  const { report_id: id } = (await sendJson(server, 'POST', '/v1/reports', options)).json() as ReportBody;
  const report = await describedReport(server, id);
  return { report, content: await send(server, `/v1/reports/${id}/content`) };
}

/** A store's row in a new report of the last hour, day and week. */
export async function rowOf(
  server: Storewatch,
  storeId: string,
  options: { as_of?: string; basis?: string } = {},
): Promise<string | undefined> {
  const { csv } = await newReport(server, options);
  return csv.text.split('\n').find((row) => row.startsWith(`${storeId},`));
}

/** Inserts a report that does not change, because no job belongs to it. */
export async function insertReport(
  server: Storewatch,
  report: { id: string; status: string; done: number; total: number | null; error?: string },
): Promise<void> {
  await server.pool.query(
    `insert into report (id, status, as_of, basis, stores_done, stores_total, error, created_at)
     values ($1, $2, '2023-01-25T18:00:00Z', 'observed', $3, $4, $5, '2023-01-25T18:00:01Z')`,
    [report.id, report.status, report.done, report.total, report.error ?? null],
  );
}
