import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LAST_90M, loadExample } from './example.js';
import { type NewReport, makeReport, problemOf, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  await loadExample(server);
});
afterAll(() => server?.close());

describe('POST /v1/reports', () => {
  const windows = (...list: unknown[]): NewReport => ({ windows: list });
  const day = { name: 'w', from: '2023-01-22T00:00:00Z', to: '2023-01-23T00:00:00Z' };
  const many = (count: number): unknown[] =>
    Array.from({ length: count }, (_, i) => ({ name: `w${i}`, duration: '1h' }));
  const needs = 'windows[0] must have either duration, or from and to.';
  it.each<[string, object, string, string]>([
    ['an unknown format', { format: 'xml' }, 'format', 'format must be csv, json or ndjson, got "xml".'],
    ['an unknown basis', { basis: 'most' }, 'basis', 'basis must be all or observed, got "most".'],
    ['an as_of in the future', { as_of: '9998-12-31T00:00:00Z' }, 'as_of', 'lies in the future'],
    ['a field that is none', { window: [] }, 'window', 'Unknown field "window".'],
    ['no stores', { stores: [] }, 'stores', 'stores must be a list of 1 to 10000 ids; omit it for all stores.'],
    ['stores that are no list', { stores: 'A' }, 'stores', 'stores must be a list'],
    [
      'too many stores',
      { stores: Array.from({ length: 10_001 }, () => 'A') },
      'stores',
      'stores must have at most 10000 items, got 10001.',
    ],
    ['a store that is no text', { stores: ['A', -42] }, 'stores[1]', 'stores[1] must be a string, got -42.'],
    ['a store that is not known', { stores: ['A', 'B', 'C'] }, 'stores[1]', 'stores[1]: there is no store "B".'],
    ['an id that cannot be one', { stores: ['a\u0000b'] }, 'stores[0]', 'stores[0]: there is no store "a\\u0000b".'],
    ['an empty id', { stores: [''] }, 'stores[0]', 'stores[0]: there is no store "".'],
    ['no windows', { windows: [] }, 'windows', 'windows must be a list of 1 to 50 windows; omit it'],
    ['windows that are no list', { windows: day }, 'windows', 'windows must be a list of 1 to 50 windows'],
    ['too many windows', { windows: many(51) }, 'windows', 'windows must be a list of 1 to 50 windows'],
    ['a window that is no object', windows('1h'), 'windows[0].name', 'windows[0].name must be '],
    [
      'a window without a name',
      windows({ duration: '1h' }),
      'windows[0].name',
      'must be 1 to 40 lower-case letters, digits',
    ],
    ['a name with a space', windows({ ...day, name: 'a day' }), 'windows[0].name', 'got "a day".'],
    ['a name with a capital', windows({ ...day, name: 'Day' }), 'windows[0].name', 'got "Day".'],
    ['a name that begins with a digit', windows({ ...day, name: '1d' }), 'windows[0].name', 'got "1d".'],
    ['a name that is too long', windows({ ...day, name: 'x'.repeat(41) }), 'windows[0].name', 'must be 1 to 40 '],
    [
      'a repeated name',
      windows(day, { ...LAST_90M, name: 'w' }),
      'windows[1].name',
      '"w" is already the name of an earlier window.',
    ],
    ['a window without times', windows({ name: 'w' }), 'windows[0]', needs],
    ['a window with both a duration and times', windows({ ...day, duration: '1h' }), 'windows[0]', needs],
    ['a duration and an end', windows({ name: 'w', duration: '1h', to: day.to }), 'windows[0]', needs],
    ['a window without a start', windows({ name: 'w', to: day.to }), 'windows[0].from', 'is not a timestamp'],
    ['a window without an end', windows({ name: 'w', from: day.from }), 'windows[0].to', 'is not a timestamp'],
    [
      'a duration in words',
      windows({ name: 'w', duration: 'a day' }),
      'windows[0].duration',
      'must be a whole number with a unit: 90s',
    ],
    ['a duration without a unit', windows({ name: 'w', duration: 90 }), 'windows[0].duration', 'got 90.'],
    ['no time at all', windows({ name: 'w', duration: '0m' }), 'windows[0].duration', 'the window is empty.'],
    [
      'more than 400 days',
      windows({ name: 'w', duration: '401d' }),
      'windows[0].duration',
      'the window is longer than 400d.',
    ],
    [
      'more than 400 days between',
      windows({ ...day, from: '2021-12-18T23:59:59Z' }),
      'windows[0].from',
      'the window is longer than 400d.',
    ],
    ['an end equal to its start', windows({ ...day, from: day.to }), 'windows[0].from', 'the window is empty.'],
    [
      'an end before its start',
      windows(day, { ...day, name: 'v', from: '2023-01-23T00:00:01Z' }),
      'windows[1].from',
      '2023-01-23T00:00:01.000Z is after the end of the window, 2023-01-23T00:00:00.000Z.',
    ],
    [
      'an end after as_of',
      windows({ ...day, to: '2023-01-23T17:00:00.001Z' }),
      'windows[0].to',
      '2023-01-23T17:00:00.001Z is after the as-of, 2023-01-23T17:00:00.000Z.',
    ],
    [
      'an unknown field in a window',
      windows({ ...day, length: '1d' }),
      'windows[0].length',
      'windows[0]: there is no field "length".',
    ],
  ])('rejects %s and names the field', async (_what, options, field, detail) => {
    const answer = await sendJson(server, 'POST', '/v1/reports', options);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument', title: 'Invalid request', field });
    expect(problemOf(answer).detail).toContain(detail);
  });

  it('accepts the maximum number and length of windows', async () => {
    const { report } = await makeReport(server, {
      windows: [{ name: 'x'.repeat(40), duration: '400d' }, ...many(48), { ...day, from: '2021-12-19T00:00:00Z' }],
    });

    expect(report).toMatchObject({ status: 'Complete' });
    expect(report.windows).toHaveLength(50);
  });
});
