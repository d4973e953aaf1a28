import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EXAMPLE_REPORT, EXAMPLE_REPORT_OBSERVED, loadExample } from './example.js';
import { NOBODY, UUID, finishedReport, insertReport, newReport, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

describe('POST /trigger_report', () => {
  let server: Storewatch;

  beforeAll(async () => {
    server = await startStorewatch();
    await loadExample(server);
  });
  afterAll(() => server?.close());

  it('needs no body and answers at once', async () => {
    const answer = await send(server, '/trigger_report', { method: 'POST' });

    expect(answer.status).toBe(202);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.json()).toEqual({
      report_id: expect.stringMatching(UUID),
      status: 'Running',
      message: 'Report generation started',
    });
  });

  it.each([
    ['an empty object', '{}'],
    ['nulls for omitted fields', '{"as_of":null,"basis":null}'],
    ['an instant in the format of the CSV files', '{"as_of":"2023-01-22 12:09:39.388884 UTC"}'],
  ])('accepts %s', async (_what, body) => {
    expect(await sendJson(server, 'POST', '/trigger_report', body)).toMatchObject({ status: 202 });
  });

  it.each([
    [
      'an as_of in the future',
      { as_of: '9998-12-31T00:00:00Z' },
      'as_of',
      /9998-12-31T00:00:00.000Z lies in the future/,
    ],
    [
      'an as_of that is not a timestamp',
      { as_of: 'yesterday' },
      'as_of',
      /"yesterday" is not a timestamp; write .*UTC/,
    ],
    ['an as_of that is a number', { as_of: 1_674_493_200 }, 'as_of', /1674493200 is not a timestamp/],
    ['an as_of in the year 0', { as_of: '0000-01-01T00:00:00Z' }, 'as_of', /as_of/],
    ['a basis that is none', { basis: 'most' }, 'basis', /basis must be all or observed, got "most"/],
    ['a field that is none', { asOf: '2023-01-22T00:00:00Z' }, 'asOf', /Unknown field "asOf"/],
  ])('refuses %s, and names the field', async (_what, body, field, detail) => {
    const answer = await sendJson(server, 'POST', '/trigger_report', body);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument', title: 'Invalid request', field });
    expect(problemOf(answer).detail).toMatch(detail);
  });

  it.each([
    ['truncated JSON', '{"as_of":'],
    ['not JSON', 'as_of=now'],
    ['an array', '[]'],
    ['a bare string', '"now"'],
  ])('rejects a body that is %s', async (_what, body) => {
    const answer = await sendJson(server, 'POST', '/trigger_report', body);

    expect(answer.status).toBe(400);
    expect(problemOf(answer).code).toBe('invalid_argument');
  });
});

describe('GET /get_report', () => {
  let server: Storewatch;

  beforeAll(async () => {
    server = await startStorewatch();
    await loadExample(server);
  });
  afterAll(() => server?.close());

  it('returns a complete report as a CSV download', async () => {
    const { id, csv } = await newReport(server);

    expect(csv.status).toBe(200);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.headers.get('content-disposition')).toBe(`attachment; filename="storewatch-report-${id}.csv"`);
    expect(csv.headers.get('content-length')).toBe(String(Buffer.byteLength(EXAMPLE_REPORT)));
    expect(csv.text).toBe(EXAMPLE_REPORT);
  });

  it('escapes ids that a spreadsheet would run, but not negative integers', async () => {
    const { csv } = await newReport(server);

    const ids = csv.text.split('\n').map((line) => line.split(',')[0]);
    expect(ids.slice(1, 3)).toEqual(['-42', `'=1+1`]);
  });

  it('uses the basis that the report was requested with', async () => {
    const { csv } = await newReport(server, { basis: 'observed' });

    expect(csv.text).toBe(EXAMPLE_REPORT_OBSERVED);
  });

  it('ends the windows at as_of, in any timestamp format', async () => {
    const forms = ['2023-01-23T16:45:00Z', '2023-01-23T22:15:00+05:30', '2023-01-23 16:45:00'];
    const rows: (string | undefined)[] = [];
    for (const form of forms) rows.push((await newReport(server, { as_of: form })).csv.text.split('\n')[3]);

    // Up 15:45 to 16:15, down to 16:45. Since 14:00: 74 + 30 minutes down, 61 up. The week also has the last 15 minutes
    // of the Monday before, which are unknown.
    expect(rows).toEqual(Array.from(forms, () => 'A,30.00,1.02,1.02,30.00,1.73,1.98'));
  });

  it('rejects a body without a Content-Type instead of ignoring it', async () => {
    const body = new URLSearchParams({ as_of: 'yesterday' });
    const answer = await fetch(`${server.http}/trigger_report`, { method: 'POST', body });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({
      code: 'unsupported',
      detail: expect.stringContaining('application/json'),
    });
  });

  it('finishes all reports that were requested at once', async () => {
    const reports = await Promise.all(Array.from({ length: 5 }, () => newReport(server)));

    expect(reports.map(({ csv }) => csv.text)).toEqual(Array.from(reports, () => EXAMPLE_REPORT));
  });

  it('returns the same report again, whatever the case of its id', async () => {
    const { id, csv } = await newReport(server);

    expect((await finishedReport(server, id.toUpperCase())).bytes).toEqual(csv.bytes);
  });

  it('makes a report without any stores', async () => {
    const empty = await startStorewatch();
    try {
      const { csv } = await newReport(empty, { as_of: '2023-01-23T17:00:00Z' });
      expect(csv.text).toBe(EXAMPLE_REPORT.slice(0, EXAMPLE_REPORT.indexOf('\n') + 1));
    } finally {
      await empty.close();
    }
  });

  it.each([
    ['before the number of stores is known', 0, null],
    ['while stores are counted', 4500, 14_000],
  ])('returns the progress of a running report: %s', async (_when, done, total) => {
    const id = randomUUID();
    await insertReport(server, { id, status: 'Running', done, total });

    const answer = await send(server, `/get_report?report_id=${id}`);

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.json()).toEqual({
      report_id: id,
      status: 'Running',
      message: 'Report generation in progress...',
      progress: { stores_done: done, stores_total: total },
    });
  });

  it('returns why a report failed', async () => {
    const id = randomUUID();
    const error = 'The database does not answer. Try again in a moment.';
    await insertReport(server, { id, status: 'Failed', done: 1, total: 2, error });

    const answer = await send(server, `/get_report?report_id=${id}`);

    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      report_id: id,
      status: 'Failed',
      message: `Report generation failed: ${error}`,
      progress: { stores_done: 1, stores_total: 2 },
    });
  });

  it('does not find an unknown id', async () => {
    const answer = await send(server, `/get_report?report_id=${NOBODY}`);

    expect(answer.status).toBe(404);
    expect(problemOf(answer)).toEqual({
      type: 'urn:storewatch:problem:not_found',
      title: 'Not found',
      status: 404,
      detail: `There is no report ${NOBODY}.`,
      code: 'not_found',
      request_id: answer.headers.get('x-request-id'),
    });
  });

  it.each([
    ['malformed', '?report_id=42', 'must be the UUID that triggering the report returned; got "42"'],
    ['a UUID with trailing text', `?report_id=${NOBODY}0`, 'must be the UUID'],
    ['NUL', '?report_id=%00', 'must be the UUID'],
    ['empty', '?report_id=', 'it is missing'],
    ['missing', '', 'it is missing'],
    ['given twice', `?report_id=${NOBODY}&report_id=${NOBODY}`, 'report_id: occurs 2 times; send it once.'],
  ])('refuses an id that is %s', async (_what, query, detail) => {
    const answer = await send(server, `/get_report${query}`);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument', field: 'report_id' });
    expect(problemOf(answer).detail).toContain(detail);
  });
});
