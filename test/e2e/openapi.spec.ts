import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import type { OpenAPIObject } from '@nestjs/swagger';
import { loadSample } from '../../src/commands/sample.js';
import { Roles } from '../../src/platform/config/roles.js';
import { Documented, examplesOf } from './documented.js';
import { send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** Each request is sent after those before it, because one may delete what another creates. */
const ORDER = ['HEAD', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const committed = new Documented(JSON.parse(await readFile('openapi.json', 'utf8')) as OpenAPIObject);
const requests = committed.requests().sort((a, b) => ORDER.indexOf(a.verb) - ORDER.indexOf(b.verb));

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  await loadSample(server.app, Roles.all, () => {});
  await addNight();
});
afterAll(() => server?.close());

describe('openapi.json', () => {
  it('is the document that the server serves (npm run openapi writes it)', async () => {
    expect((await send(server, '/docs-json')).json()).toEqual(committed.document);
  });

  it('describes every operation and its responses', () => {
    const ids = committed.operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of committed.operations()) {
      const { operationId, summary, description, tags, responses, requestBody } = operation;
      expect({ operationId, summary, description, tags }).toEqual({
        operationId: expect.stringMatching(/^[a-z]\w+$/),
        summary: expect.stringMatching(/\w$/),
        description: expect.stringMatching(/\.$/),
        tags: [expect.any(String)],
      });
      const expected = ['400', '429', '503', 'default', ...(requestBody ? ['413', '415'] : [])];
      expect([operationId, Object.keys(responses)]).toEqual([operationId, expect.arrayContaining(expected)]);
    }
  });

  it('has an example of every JSON body and response that matches its schema', () => {
    for (const { operation } of committed.operations()) {
      for (const part of [operation.requestBody, ...Object.values(operation.responses)]) {
        const json = part && 'content' in part ? part.content?.['application/json'] : undefined;
        // Files have no schema.
        if (!json?.schema || ('format' in json.schema && json.schema.format === 'binary')) continue;
        for (const [name, example] of examplesOf(json)) {
          expect([operation.operationId, name, example]).not.toContain(undefined);
          expect([operation.operationId, name, committed.faultsOf(json.schema, example)]).toContain(undefined);
        }
      }
    }
  });

  it('lists each parameter of an operation once, whatever its case', () => {
    for (const { operation } of committed.operations()) {
      const names = (operation.parameters ?? []).map((parameter) => 'name' in parameter && parameter.name);
      const small = names.map((name) => String(name).toLowerCase());
      expect([operation.operationId, ...new Set(small)]).toEqual([operation.operationId, ...small]);
    }
  });
});

describe('every example of openapi.json, sent to a server with the sample data', () => {
  it.each(requests.map((request) => [`${request.operationId} (${request.name})`, request] as const))(
    '%s is answered as documented',
    async (_name, { operationId, verb, path, type, body }) => {
      const answer = await send(server, path, {
        method: verb,
        ...(type !== undefined && { headers: { 'Content-Type': type } }),
        ...(body !== undefined && { body }),
      });

      expect(`${answer.status} ${answer.text.slice(0, 300)}`).toMatch(/^2\d\d/);
      const media = committed.responseOf(operationId, answer.status)?.content;
      if (media === undefined) {
        expect(answer.text).toBe('');
        return;
      }
      const answeredType = answer.headers.get('content-type')!.replace(/;.*/, '');
      expect(Object.keys(media)).toContain(answeredType);
      if (answeredType !== 'application/json') return;
      const { schema, example } = media[answeredType];
      const value = answer.json();
      expect(committed.faultsOf(schema, value)).toBeUndefined();
      expect(fieldsOf(value)).toEqual(fieldsOf(example));
    },
  );
});

/** The schedule of a new database, which test/setup/template.ts removes, and one of its runs. */
async function addNight(): Promise<void> {
  const nightly = { name: 'nightly', cron: '0 2 * * *', timezone: 'America/Chicago' };
  expect(await sendJson(server, 'POST', '/v1/schedules', nightly)).toMatchObject({ status: 201 });
  await server.pool.query(
    `insert into schedule_run (schedule, due_at, run_id, status, attempt, job_id, report_id, artifact_key, account_key,
       size_bytes, sha256, created_at, finished_at)
     values ('nightly', '2026-11-23T08:00:00Z', '2026-11-23', 'Complete', 1, gen_random_uuid(), gen_random_uuid(),
       'nightly/2026-11-23/report.csv', 'nightly/2026-11-23/report.account.json', 812345, repeat('0a', 32), now(), now())`,
  );
}

/** The fields of an object. Their values differ from one data set to another. */
const fieldsOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null ? Object.keys(value).sort() : [];
