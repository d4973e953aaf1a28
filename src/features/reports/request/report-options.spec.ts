import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DAY_MS, INSTANT_FORMS, SECOND_MS, formatInstant } from '#libs/instant/instant.js';
import { readBasis } from '../../../edge/input/input.js';
import { readFormat, readStores, readWindows, windowsAt } from './report-options.js';

const AS_OF = '2023-01-23T12:00:00.000Z';
const AS_OF_MS = Date.parse(AS_OF);

const invalid = (field: string, message: string): object =>
  expect.objectContaining({ code: 'invalid_argument', field, message });

describe('the basis', () => {
  it('defaults to all', () => {
    expect(readBasis(undefined)).toBe('all');
    expect(readBasis(null)).toBe('all');
    expect(readBasis('all')).toBe('all');
    expect(readBasis('observed')).toBe('observed');
  });

  it.each([
    ['carried', '"carried"'],
    ['All', '"All"'],
    ['', '""'],
    [0, '0'],
  ])('cannot be %j', (value, shown) => {
    expect(() => readBasis(value)).toThrow(invalid('basis', `basis must be all or observed, got ${shown}.`));
  });
});

describe('the format', () => {
  it('defaults to csv', () => {
    expect(readFormat(undefined)).toBe('csv');
    expect(readFormat(null)).toBe('csv');
    expect(['csv', 'json', 'ndjson'].map(readFormat)).toEqual(['csv', 'json', 'ndjson']);
  });

  it.each([
    ['xlsx', '"xlsx"'],
    ['CSV', '"CSV"'],
    ['', '""'],
    [1, '1'],
  ])('cannot be %j', (value, shown) => {
    expect(() => readFormat(value)).toThrow(invalid('format', `format must be csv, json or ndjson, got ${shown}.`));
  });
});

describe('the stores', () => {
  it('default to all; given ids are used as they are', () => {
    expect(readStores(undefined)).toBeUndefined();
    expect(readStores(null)).toBeUndefined();
    expect(readStores(['b', '8139926242460185114', 'a', ''])).toEqual(['b', '8139926242460185114', 'a', '']);
  });

  const maxStores = Array.from({ length: 10_000 }, (_, i) => String(i));

  it('are at most 10,000', () => {
    expect(readStores(maxStores)).toEqual(maxStores);
  });

  it.each<[string, unknown]>([
    ['an empty list', []],
    ['10,001 of them', [...maxStores, 'x']],
    ['an id outside a list', '8139926242460185114'],
    ['an object', { 0: 'a' }],
  ])('cannot be %s', (_, value) => {
    const message = 'stores must be a list of 1 to 10000 ids; omit it for all stores.';
    expect(() => readStores(value)).toThrow(invalid('stores', message));
  });

  it.each([
    [['a', 8_139_926_242, 'b'], 'stores[1]', '8139926242'],
    [[null], 'stores[0]', 'null'],
    [['a', 'b', ['c']], 'stores[2]', '["c"]'],
  ])('must be strings, not %j', (value, field, shown) => {
    expect(() => readStores(value)).toThrow(invalid(field, `${field} must be a string, got ${shown}.`));
  });

  it('have ids of at most 255 characters', () => {
    const longest = 'x'.repeat(255);
    expect(readStores([longest])).toEqual([longest]);
    const shown = `"${'x'.repeat(59)}…`;
    const message = `stores[1]: ${shown} is longer than 255 characters.`;
    expect(() => readStores(['a', `${longest}x`])).toThrow(invalid('stores[1]', message));
  });
});

describe('the windows', () => {
  const read = (...windows: unknown[]) => windowsAt(readWindows(windows, AS_OF_MS)!, AS_OF_MS);

  it('default to the last hour, day and week', () => {
    expect(readWindows(undefined, AS_OF_MS)).toBeUndefined();
    expect(readWindows(null, AS_OF_MS)).toBeUndefined();
  });

  it('with a duration end at as-of; a duration is elapsed time', () => {
    const windows = read({ name: 'last_3_days', duration: '3d' }, { name: 'a', duration: '90s', from: null, to: null });
    expect(windows).toEqual([
      { name: 'last_3_days', startMs: Date.parse('2023-01-20T12:00Z'), endMs: AS_OF_MS },
      { name: 'a', startMs: AS_OF_MS - 90 * SECOND_MS, endMs: AS_OF_MS },
    ]);
  });

  it('with two ends may be anywhere up to as-of', () => {
    const windows = read(
      { name: 'january', from: '2023-01-01 00:00:00 UTC', to: '2023-01-20T00:00:00+06:00' },
      { name: 'up_to_as_of', from: '2023-01-23T11:59:59.999Z', to: AS_OF, duration: null },
    );
    expect(windows).toEqual([
      { name: 'january', startMs: Date.parse('2023-01-01T00:00Z'), endMs: Date.parse('2023-01-19T18:00Z') },
      { name: 'up_to_as_of', startMs: AS_OF_MS - 1, endMs: AS_OF_MS },
    ]);
  });

  it('are refused when they end after an as-of that is determined later', () => {
    const windows = readWindows(
      [
        { name: 'a', duration: '1h' },
        { name: 'b', from: '2023-01-23T00:00Z', to: AS_OF },
      ],
      AS_OF_MS,
    )!;
    expect(windowsAt(windows, AS_OF_MS)).toHaveLength(2);
    const message = `windows[1].to: ${AS_OF} is after the as-of, 2023-01-23T11:59:59.999Z.`;
    expect(() => windowsAt(windows, AS_OF_MS - 1)).toThrow(invalid('windows[1].to', message));
  });

  it('may be 400 days long and 50 in number', () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ name: `w${i}`, duration: '400d' }));
    expect(read(...many).map(({ name }) => name)).toEqual(many.map(({ name }) => name));
    expect(read(many[0])).toEqual([{ name: 'w0', startMs: AS_OF_MS - 400 * DAY_MS, endMs: AS_OF_MS }]);
  });

  it('may have any length in between, to the millisecond', () => {
    fc.assert(
      fc.property(fc.nat(1_000 * DAY_MS), fc.integer({ min: 1, max: 400 * DAY_MS }), (ago, lengthMs) => {
        const endMs = AS_OF_MS - ago;
        const window = { name: 'w', from: formatInstant(endMs - lengthMs), to: formatInstant(endMs) };
        expect(read(window)).toEqual([{ name: 'w', startMs: endMs - lengthMs, endMs }]);
      }),
    );
  });

  it.each<[string, unknown]>([
    ['an empty list', []],
    ['51 of them', Array.from({ length: 51 }, (_, i) => ({ name: `w${i}`, duration: '1h' }))],
    ['a window outside a list', { name: 'w', duration: '1h' }],
    ['text', '1h'],
  ])('cannot be %s', (_, value) => {
    const remedy = 'omit it for the last hour, day and week';
    const message = `windows must be a list of 1 to 50 windows; ${remedy}.`;
    expect(() => readWindows(value, AS_OF_MS)).toThrow(invalid('windows', message));
  });

  it.each([
    [undefined, 'undefined'],
    ['', '""'],
    ['Last_day', '"Last_day"'],
    ['3_days', '"3_days"'],
    ['_day', '"_day"'],
    ['last day', '"last day"'],
    ['last-day', '"last-day"'],
    ['day\n', String.raw`"day\n"`],
    ['a'.repeat(41), `"${'a'.repeat(41)}"`],
    [7, '7'],
  ])('cannot have the name %j', (name, shown) => {
    const form = '1 to 40 lower-case letters, digits and _, beginning with a letter';
    const error = invalid('windows[1].name', `windows[1].name must be ${form}, got ${shown}.`);
    expect(() => read({ name: 'a'.repeat(40), duration: '1h' }, { name, duration: '1h' })).toThrow(error);
  });

  it('cannot share a name', () => {
    const windows = [
      { name: 'w', duration: '1h' },
      { name: 'v', duration: '1h' },
      { name: 'w', duration: '2h' },
    ];
    const error = invalid('windows[2].name', 'windows[2].name: "w" is already the name of an earlier window.');
    expect(() => read(...windows)).toThrow(error);
  });

  it.each([['1h'], [null], [7]])('must be objects, not %j', (value) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ code: 'invalid_argument', field: 'windows[0].name' }));
  });

  it('cannot have other fields', () => {
    const error = invalid('windows[0].length', 'windows[0]: there is no field "length".');
    expect(() => read({ name: 'w', duration: '1h', length: 3 })).toThrow(error);
  });

  it.each([
    ['neither', {}],
    ['both', { duration: '1h', from: '2023-01-01T00:00:00Z', to: AS_OF }],
    ['a duration and a start', { duration: '1h', from: '2023-01-01T00:00:00Z' }],
    ['a duration and an end', { duration: '1h', to: AS_OF }],
  ])('must have a duration or two ends, not %s', (_, fields) => {
    const error = invalid('windows[0]', 'windows[0] must have either duration, or from and to.');
    expect(() => read({ name: 'w', ...fields })).toThrow(error);
  });

  it.each([
    ['1w', '"1w"'],
    ['', '""'],
    ['-1h', '"-1h"'],
    [3, '3'],
  ])('must have a valid duration, not %j', (duration, shown) => {
    const form = 'a whole number with a unit: 90s, 30m, 3h or 2d';
    const error = invalid('windows[0].duration', `windows[0].duration must be ${form}, got ${shown}.`);
    expect(() => read({ name: 'w', duration })).toThrow(error);
  });

  const from = '2023-01-01T00:00:00.000Z';
  it.each([
    ['from', { from: 'noon', to: AS_OF }, `"noon" is not a timestamp; write ${INSTANT_FORMS}.`],
    ['from', { to: AS_OF }, `undefined is not a timestamp; write ${INSTANT_FORMS}.`],
    ['to', { from, to: 'noon' }, `"noon" is not a timestamp; write ${INSTANT_FORMS}.`],
    ['to', { from }, `undefined is not a timestamp; write ${INSTANT_FORMS}.`],
    ['to', { from, to: '2023-01-23T12:00:00.001Z' }, `2023-01-23T12:00:00.001Z is after the as-of, ${AS_OF}.`],
    ['from', { from: AS_OF, to: from }, `${AS_OF} is after the end of the window, ${from}.`],
  ])('must have valid ends: %s of %j', (end, fields, problem) => {
    const error = invalid(`windows[0].${end}`, `windows[0].${end}: ${problem}`);
    expect(() => read({ name: 'w', ...fields })).toThrow(error);
  });

  it.each([
    ['duration', { duration: '0h' }, 'is empty'],
    ['duration', { duration: '401d' }, 'is longer than 400d'],
    ['duration', { duration: '9601h' }, 'is longer than 400d'],
    ['duration', { duration: '999999999d' }, 'is longer than 400d'], // begins before the first Date
    ['from', { from, to: from }, 'is empty'],
    ['from', { from: '2021-12-19T11:59:59.999Z', to: AS_OF }, 'is longer than 400d'],
  ])('must be longer than 0 and at most 400 days: %s of %j', (end, fields, problem) => {
    const message = `windows[0].${end}: the window ${problem}.`;
    expect(() => read({ name: 'w', ...fields })).toThrow(invalid(`windows[0].${end}`, message));
  });
});
