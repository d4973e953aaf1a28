import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problemOf, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** What fuzzing found (test/fuzz). */

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

describe('a request with something odd in it', () => {
  it.each([
    ['lists in lists', `{"business_hours": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['objects in objects', `{"business_hours": ${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
  ])('is refused when it is nested deeper than any stack: %s', async (_what, body) => {
    const answer = await sendJson(server, 'PUT', '/v1/stores/deep/business_hours', body);

    expect(answer.status).toBe(400);
    expect(problemOf(answer).detail).toBe('The body is nested more than 16 levels deep.');
  });

  it.each(['{"toString": 1}', '[0]', 'true'])(
    'is told what a day of the week is when it writes %s for one',
    async (day) => {
      const row = `{"day_of_week": ${day}, "start_time_local": "09:00", "end_time_local": "12:00"}`;

      const answer = await sendJson(server, 'PUT', '/v1/stores/day/business_hours', `{"business_hours": [${row}]}`);

      expect(answer.status).toBe(400);
      expect(problemOf(answer).field).toBe('business_hours[0].day_of_week');
    },
  );
});
