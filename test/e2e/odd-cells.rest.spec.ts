import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, load, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

const HOURS = 'store_id,dayOfWeek,start_time_local,end_time_local';
const rowsIn = (answer: Answer): unknown => (answer.json() as { business_hours: unknown }).business_hours;
const hoursOf = async (store: string): Promise<unknown> =>
  rowsIn(await send(server, `/v1/stores/${encodeURIComponent(store)}`));

describe('a closed store', () => {
  const closed = { day_of_week: 0, start_time_local: 'Closed', end_time_local: 'Closed' };
  const lunch = { day_of_week: 1, start_time_local: '09:00:00', end_time_local: '26:00:00' };

  it('has rows that say so for a whole week, is not open round the clock, and can be sent back as shown', async () => {
    const rows = [HOURS, 'shut,0,Closed,Closed', 'shut,6,closed,', 'shut,3,,', ''].join('\n');
    expect(await load(server, 'business_hours', rows)).toMatchObject({ read: 3, accepted: 3, rejected: 0 });
    expect(await load(server, 'business_hours', rows)).toMatchObject({ accepted: 0, duplicate: 3 });
    const shown = await hoursOf('shut');
    expect(shown).toEqual([closed, { ...closed, day_of_week: 3 }, { ...closed, day_of_week: 6 }]);
    const again = await sendJson(server, 'PUT', '/v1/stores/shut/business_hours', { business_hours: shown });
    expect(rowsIn(again)).toEqual(shown);
    const week = '/v1/stores/shut/timeline?from=2023-01-01T00:00:00Z&to=2023-01-08T00:00:00Z&include=totals';
    expect((await send(server, week)).text).toMatch(/"open_ms":0\b/);
  });

  it('is open on its other days, including past midnight', async () => {
    const rows = [HOURS, 'some,Monday,Closed,Closed', '\u00a0some ,tue,9:00 AM,26:00', ''].join('\n');
    expect(await load(server, 'business_hours', rows)).toMatchObject({ accepted: 2, rejected: 0 });
    expect(await hoursOf('some')).toEqual([closed, lunch]);
    expect(await hoursOf(' some ')).toEqual([closed, lunch]);
  });

  it('must be spelled out over REST: blank times are rejected', async () => {
    const answer = await sendJson(server, 'PUT', '/v1/stores/some/business_hours', {
      business_hours: [{ day_of_week: 0, start_time_local: '', end_time_local: '' }],
    });
    expect(answer.status).toBe(400);
    expect(problemOf(answer).detail).toMatch(/^business_hours\[0\]\.start_time_local: "" is not a local time/);
    expect(await hoursOf('some')).toEqual([closed, lunch]);
  });
});
