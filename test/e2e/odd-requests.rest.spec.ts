import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** Requests that fuzzing found (test/fuzz). */

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

describe('a body with many unknown fields', () => {
  const keys = Array.from({ length: 200_000 }, (_, i) => `"k${i}":${i}`).join(',');

  it('is rejected as a poll of a batch, naming the first fields', async () => {
    const problem = problemOf(await sendJson(server, 'POST', '/v1/polls', `{"polls":[{${keys}}]}`));

    expect(problem).toMatchObject({ status: 400, field: 'polls[0]' });
    expect(problem.detail).toBe('polls[0]: has more than 64 values, such as "k0", "k1", "k2".');
  });

  it('is rejected as report options, naming the first fields and counting the rest', async () => {
    const problem = problemOf(await sendJson(server, 'POST', '/v1/reports', `{${keys}}`));

    expect(problem).toMatchObject({ status: 400, field: 'k0' });
    expect(problem.errors).toHaveLength(20);
    expect(problem.detail).toBe('Unknown field "k0". At least 980 more unknown fields are not listed.');
    const few = problemOf(await sendJson(server, 'POST', '/v1/reports', `{${keys.split(',', 25).join(',')}}`));
    expect(few.detail).toBe('Unknown field "k0". 5 more unknown fields are not listed.');
  });

  it('is rejected as a batch of too many empty polls, with their number', async () => {
    const answer = await sendJson(server, 'POST', '/v1/polls', `{"polls":[${'{},'.repeat(299_999)}{}]}`);

    expect(answer.status).toBe(413);
    expect(problemOf(answer).detail).toMatch(/^A batch must have at most 10000 polls .* got 300000\./);
  });

  it('is rejected in a charset other than UTF-8', async () => {
    const headers = { 'Content-Type': 'application/json; charset=utf-16' };
    const answer = await send(server, '/v1/polls', { method: 'POST', headers, body: '{"polls":[]}' });

    expect(answer.status).toBe(415);
    expect(problemOf(answer).detail).toBe('The charset of Content-Type must be utf-8, got "utf-16".');
  });
});

describe('an unusual request', () => {
  it.each([
    ['nested arrays', `{"business_hours": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['nested objects', `{"business_hours": ${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
  ])('is rejected when it is nested too deeply: %s', async (_what, body) => {
    const answer = await sendJson(server, 'PUT', '/v1/stores/deep/business_hours', body);

    expect(answer.status).toBe(400);
    expect(problemOf(answer).detail).toBe('The body is nested more than 16 levels deep.');
  });

  it.each(['{"toString": 1}', '[0]', 'true'])('is told the valid values when day_of_week is %s', async (day) => {
    const row = `{"day_of_week": ${day}, "start_time_local": "09:00", "end_time_local": "12:00"}`;

    const answer = await sendJson(server, 'PUT', '/v1/stores/day/business_hours', `{"business_hours": [${row}]}`);

    expect(answer.status).toBe(400);
    expect(problemOf(answer).field).toBe('business_hours[0].day_of_week');
  });
});
