import { expect } from '@jest/globals';
import { type Answer, rowOf, send, sendJson } from './rest.js';
import type { Storewatch } from './server.js';

/**
 * Every test has its own store in New York. It is open from Sunday 22:00 to 02:00 and on Monday from 9 to 12: 03:00 to
 * 07:00 and 14:00 to 17:00 UTC. Polls on Monday 2023-01-23, in UTC: 03:00 active, 13:47 inactive, 15:14 active, 16:15
 * inactive. As-of is 17:00.
 *
 * Night: up 03:00 to 06:00, carried up to 07:00. Morning: carried down 14:00 to 15:14, up to 16:15, down to 17:00.
 * Uptime of the day is 180 + 60 + 61 minutes, downtime 74 + 45. The rest of the week is closed.
 */
export const AS_OF = '2023-01-23T17:00:00Z';
export const FIGURES = '15.00,5.02,5.02,45.00,1.98,1.98';
export const NOTHING = '0.00,0.00,0.00,0.00,0.00,0.00';
export const [SUNDAY, MONDAY] = ['2023-01-22', '2023-01-23'];

export const hours = (start: unknown, end: unknown): object => ({ start_time_local: start, end_time_local: end });
export const WEEK = [
  { day_of_week: 0, ...hours('09:00:00', '12:00:00') },
  { day_of_week: 6, ...hours('22:00:00', '02:00:00') },
];
export const calendar = (id: string, changes: object = {}): object => ({
  store_id: id,
  name: null,
  tags: {},
  timezone: 'America/New_York',
  timezone_is_default: false,
  business_hours: WEEK,
  special_hours: [],
  opened_on: null,
  closed_on: null,
  ...changes,
});

export async function newStore(server: Storewatch, id: string): Promise<void> {
  await sendJson(server, 'PUT', `/v1/stores/${id}/timezone`, { timezone: 'America/New_York' });
  await sendJson(server, 'PUT', `/v1/stores/${id}/business_hours`, { business_hours: WEEK });
  const polls = [
    ['active', '03:00'],
    ['inactive', '13:47'],
    ['active', '15:14'],
    ['inactive', '16:15'],
  ].map(([status, time]) => ({ store_id: id, status, timestamp_utc: `${MONDAY}T${time}:00Z` }));
  expect((await sendJson(server, 'POST', '/v1/polls', { polls })).json()).toMatchObject({ accepted: 4 });
}

export const special = (server: Storewatch, id: string, date: string, rows: unknown): Promise<Answer> =>
  sendJson(server, 'PUT', `/v1/stores/${id}/special_hours/${date}`, { hours: rows });
export const unspecial = (server: Storewatch, id: string, date: string): Promise<Answer> =>
  send(server, `/v1/stores/${id}/special_hours/${date}`, { method: 'DELETE' });
export const live = (server: Storewatch, id: string, life: object): Promise<Answer> =>
  sendJson(server, 'PUT', `/v1/stores/${id}/life`, life);
export const known = async (server: Storewatch, id: string): Promise<unknown> =>
  (await send(server, `/v1/stores/${id}`)).json();
export const figures = async (server: Storewatch, id: string, basis = 'all'): Promise<string | undefined> =>
  (await rowOf(server, id, { as_of: AS_OF, basis }))?.slice(id.length + 1);
