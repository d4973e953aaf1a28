import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  FIGURES,
  MONDAY,
  NOTHING,
  SUNDAY,
  calendar,
  figures,
  hours,
  known,
  live,
  newStore,
  special,
} from './night-and-morning.js';
import { problemOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

describe('PUT /v1/stores/{store_id}/life', () => {
  it('sets the first and the last date, and removes an omitted one', async () => {
    await newStore(server, 'life');

    const put = await live(server, 'life', { opened_on: '2023-01-02', closed_on: '2023-01-02' });

    expect(put.status).toBe(200);
    expect(put.json()).toEqual(calendar('life', { opened_on: '2023-01-02', closed_on: '2023-01-02' }));
    expect(await known(server, 'life')).toEqual(put.json());
    expect((await live(server, 'life', { opened_on: '2023-01-02', closed_on: '2023-01-02' })).json()).toEqual(
      put.json(),
    );
    expect((await live(server, 'life', { opened_on: null, closed_on: ' 2024-02-29 ' })).json()).toEqual(
      calendar('life', { closed_on: '2024-02-29' }),
    );
    expect((await live(server, 'life', { opened_on: '2024-02-29', closed_on: '' })).json()).toEqual(
      calendar('life', { opened_on: '2024-02-29' }),
    );
    expect((await live(server, 'life', { opened_on: null })).json()).toEqual(calendar('life'));
  });

  it('keeps the life when the body is empty', async () => {
    await newStore(server, 'unsaid');
    await live(server, 'unsaid', { opened_on: '2023-01-02' });

    const answer = await live(server, 'unsaid', {});

    expect(answer.status).toBe(400);
    expect(problemOf(answer).detail).toBe('Send opened_on, closed_on or both; null means none.');
    expect(await known(server, 'unsaid')).toEqual(calendar('unsaid', { opened_on: '2023-01-02' }));
  });

  it('limits the openings to those that start between its dates, inclusive', async () => {
    await newStore(server, 'ages');
    const ages = async (openedOn: string | null, closedOn: string | null): Promise<string | undefined> => {
      await live(server, 'ages', { opened_on: openedOn, closed_on: closedOn });
      return figures(server, 'ages');
    };

    const [night, morning] = ['0.00,4.00,4.00,0.00,0.00,0.00', '15.00,1.02,1.02,45.00,1.98,1.98'];
    expect(await ages(SUNDAY, MONDAY)).toBe(FIGURES);
    expect(await ages(null, SUNDAY)).toBe(night);
    expect(await ages(MONDAY, null)).toBe(morning);
    expect(await ages(SUNDAY, SUNDAY)).toBe(night);
    expect(await ages('2023-01-24', null)).toBe(NOTHING);
    expect(await ages(null, '2023-01-21')).toBe(NOTHING);
    expect(await ages(null, null)).toBe(FIGURES);
  });

  it('takes precedence over special hours', async () => {
    await newStore(server, 'late');
    await special(server, 'late', MONDAY, [hours('10:30', '12:00')]);

    await live(server, 'late', { closed_on: SUNDAY });

    expect(await figures(server, 'late')).toBe('0.00,4.00,4.00,0.00,0.00,0.00');
    expect(await known(server, 'late')).toMatchObject({ special_hours: [{ date: MONDAY }], closed_on: SUNDAY });
  });

  it.each([
    ['an invalid first date', { opened_on: '2023-13-01' }, 'opened_on', 'opened_on: "2023-13-01" is not a date'],
    [
      'a last date that is not a string',
      { closed_on: 20230101 },
      'closed_on',
      'closed_on: 20230101 is not a date YYYY-MM-DD',
    ],
    [
      'a first date after the last',
      { opened_on: '2023-01-02', closed_on: '2023-01-01' },
      'closed_on',
      'closed_on: "2023-01-01" is before opened_on, "2023-01-02".',
    ],
    ['a field that is none', { opened: '2023-01-02' }, 'opened', 'Unknown field "opened".'],
  ])('refuses %s, and changes nothing', async (_what, body, field, detail) => {
    const answer = await live(server, 'unborn', body);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument', field });
    expect(problemOf(answer).detail).toContain(detail);
    expect(await send(server, '/v1/stores/unborn')).toMatchObject({ status: 404 });
  });
});

describe('DELETE /v1/stores/{store_id}/timezone', () => {
  it('resets the store to the default zone', async () => {
    await newStore(server, 'moved');
    const expected = calendar('moved', { timezone: 'America/Chicago', timezone_is_default: true });

    const answer = await send(server, '/v1/stores/moved/timezone', { method: 'DELETE' });
    const again = await send(server, '/v1/stores/moved/timezone', { method: 'DELETE' });

    expect([answer.status, again.status]).toEqual([200, 200]);
    expect([answer.json(), again.json(), await known(server, 'moved')]).toEqual([expected, expected, expected]);
    // Everything is an hour later. The night is carried up by a poll from before it. The morning begins at 15:00. The
    // week begins an hour before the end of the Monday before, which is unknown.
    expect(await figures(server, 'moved')).toBe('15.00,5.02,5.02,45.00,0.98,1.98');
    expect(await figures(server, 'moved', 'observed')).toBe('15.00,1.02,1.02,45.00,0.75,0.75');
  });
});

it.each([
  ['timezone', 'timezone'],
  ['special hours', `special_hours/${MONDAY}`],
])('DELETE of the %s of an unknown store is answered with 404 and adds no store', async (_what, path) => {
  const answer = await send(server, `/v1/stores/nobody/${path}`, { method: 'DELETE' });

  expect(answer.status).toBe(404);
  expect(problemOf(answer)).toMatchObject({ code: 'not_found', detail: 'There is no store "nobody".' });
  expect(await send(server, '/v1/stores/nobody')).toMatchObject({ status: 404 });
});
