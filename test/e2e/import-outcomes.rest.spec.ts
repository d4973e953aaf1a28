import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CASES } from '../cases/folders.js';
import { HEADER, counts } from './files.js';
import { type Answer, load, problemOf, send, sendFile } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;
beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

const sendStrict = (strict: string, rows: string): Promise<Answer> =>
  send(server, `/v1/imports/store_timezones?strict=${strict}`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/csv' },
    body: HEADER.store_timezones + rows,
  });

describe('a report without any polls', () => {
  it('is rejected unless as_of is given', async () => {
    await load(server, 'store_timezones', `${HEADER.store_timezones}quiet,Asia/Tokyo\n`);
    await load(server, 'store_status', await readFile(join(CASES, 'header-only', 'store_status.csv')));

    for (const path of ['/trigger_report', '/v1/reports']) {
      const answer = await send(server, path, { method: 'POST' });
      expect(answer.status).toBe(409);
      expect(problemOf(answer)).toMatchObject({
        code: 'not_ready',
        detail: 'There are no polls yet, so there is nothing to report. Load store_status.csv first.',
      });
    }
    const given = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"as_of":"2026-01-11T00:00:00Z"}',
    };
    expect((await send(server, '/trigger_report', given)).json()).toMatchObject({ report_id: expect.any(String) });
  });
});

describe('an import without a usable row', () => {
  it('is answered with 422, the reason and the counts, and can be read later', async () => {
    const answer = await sendFile(
      server,
      'store_status',
      `${HEADER.store_status}a,maybe,2026-01-01T00:00:00Z\na,active\n`,
    );

    expect(answer.status).toBe(422);
    const problem = problemOf(answer);
    expect(problem).toMatchObject({
      code: 'unprocessable',
      detail: 'No row can be used: 2 read, all rejected. Line 2: status: "maybe" is neither active nor inactive.',
    });
    expect(problem.import).toMatchObject({
      status: 'Failed',
      error: problem.detail,
      reject_reasons: [
        { reason: 'status: "maybe" is neither active nor inactive', rows: 1, first_line: 2 },
        { reason: 'the row has 2 fields, the header 3', rows: 1, first_line: 3 },
      ],
      warnings: [],
    });
    expect(counts(problem.import!)).toEqual({ read: 2, accepted: 0, duplicate: 0, rejected: 2 });
    expect((await send(server, `/v1/imports/${problem.import!.import_id}`)).json()).toEqual(problem.import);
  });

  it('?strict=true also rejects an import with one rejected row', async () => {
    const rows = 'strict,Asia/Tokyo\nother,Mars/Olympus\n';
    const answer = await sendStrict('true', rows);

    expect(answer.status).toBe(422);
    const { detail, import: record } = problemOf(answer);
    expect(detail).toMatch(
      /^No row of the file is used, because 1 of 2 rows cannot be used and the import is strict\. Line 3: /,
    );
    expect(counts(record!)).toEqual({ read: 2, accepted: 0, duplicate: 0, rejected: 2 });
    expect((await send(server, '/v1/stores/strict')).status).toBe(404);

    expect((await sendStrict('false', rows)).status).toBe(201);
    expect((await sendStrict('true', 'strict,Asia/Seoul\n')).status).toBe(201);
  });

  it('strict must be true or false', async () => {
    const answer = await sendStrict('yes', 'strict,Asia/Tokyo\n');

    expect(problemOf(answer)).toMatchObject({
      status: 400,
      field: 'strict',
      detail: 'strict must be true or false, got "yes".',
      errors: [{ parameter: 'strict' }],
    });
  });
});
