import { describe, expect, it } from '@jest/globals';
import { turnsDuring } from '../../../test/setup/turns.js';
import type { DomainError } from '#libs/errors.js';
import {
  MAX_PART_BYTES,
  MAX_PART_VALUES,
  MAX_UNKNOWN_COUNTED,
  type ReadObject,
  readJsonObject,
} from './json-object.js';

const MAX_ITEMS = 3;
const SHAPE = { fields: new Set(['list', 'one', 'two']), maxItems: (): number => MAX_ITEMS };

const read = (text: string | Buffer): Promise<ReadObject> => readJsonObject(Buffer.from(text), SHAPE);
const rejection = (text: string): Promise<DomainError> =>
  read(text).then(
    (body) => Promise.reject(new Error(`It was read: ${JSON.stringify(body)}`)),
    (error: DomainError) => error,
  );

describe('a JSON object', () => {
  it.each([
    '{}',
    ' \n{ }\t',
    '{"one":1}',
    '{"one":-0.5e-3,"two":null}',
    '{"one": {"a": [1, {"b": "]}"}]} , "two" :true}',
    '{"list":[]}',
    '{"list" : [ ] }',
    '{"list":[[],{},"a,b"]}',
    '{"list":["\\"","\\\\",{"a":"\\u007d"}]}',
    '{"list": [1 , 2,\n3 ], "one": "ü\u{1f600}"}',
    String.raw`{"\u006fne":"\ud800"}`,
  ])('is read like JSON.parse reads it: %s', async (text) => {
    expect(await read(text)).toEqual({
      value: JSON.parse(text) as object,
      unknown: [],
      unknownCount: 0,
      tooLong: new Map(),
    });
  });

  it('may have a byte-order mark', async () => {
    expect((await read('\ufeff{"one":1}')).value).toEqual({ one: 1 });
  });

  it('is read in pieces if its lists are long', async () => {
    const items = Array.from({ length: 20_000 }, (_, i) => ({ id: `store ${i} "[{,`, at: [i] }));
    const shape = { ...SHAPE, maxItems: () => items.length };

    const { value } = await readJsonObject(Buffer.from(JSON.stringify({ list: items, one: 1 })), shape);

    expect(value).toEqual({ list: items, one: 1 });
  });
});

describe('invalid JSON', () => {
  it.each([
    ['{', 'it ends too early, at byte 1'],
    ['{"one":"x', 'it ends too early, at byte 9'],
    ['{"one', 'it ends too early, at byte 5'],
    ['{"one":}', 'unexpected end of JSON input, after byte 7'],
    ['{"one":1,}', 'a field name in double quotes is expected, at byte 9'],
    ['{one:1}', 'a field name in double quotes is expected, at byte 1'],
    ['{"one" 1}', 'a colon is expected after the name, at byte 7'],
    ['{"one":1 2}', 'unexpected non-whitespace character after JSON, at byte 9'],
    ['{"one":{"x":1]}', 'mismatched closing bracket, at byte 13'],
    ['{"one":1]', 'a comma or } is expected after a value, at byte 8'],
    ['{"list":[1}', 'mismatched closing bracket, at byte 10'],
    ['{"list":[1] 2}', 'a comma or } is expected after a value, at byte 12'],
    ['{"list":[1 2]}', "expected ',' or ']' after array element, at byte 11"],
    ['{"list":["ü" 2]}', "expected ',' or ']' after array element, at byte 14"],
    ['{"list":[1,]}', "unexpected token ']', after byte 9"],
    ['{"list":[,1]}', "unexpected token ',', after byte 9"],
    ['{"one":"\u0001"}', 'bad control character in string literal, at byte 8'],
    ['{}x', 'unexpected text after the object, at byte 2'],
  ])('is rejected with the reason and the position: %j', async (text, why) => {
    expect(await rejection(text)).toMatchObject({
      code: 'invalid_argument',
      message: `The body is not JSON: ${why}.`,
    });
  });

  it('is rejected at the end of a piece: a trailing comma', async () => {
    const items = Array.from({ length: 2_000 }, () => '"abcdefghijklmnopqrstuvwxyz"').join(',');
    const shape = { ...SHAPE, maxItems: () => 10_000 };
    // for one of these lengths, a piece ends right before the bracket
    for (let count = 1_000; count < 2_000; count += 50) {
      const list = items.slice(0, 29 * count - 1);
      await expect(readJsonObject(Buffer.from(`{"list":[${list},]}`), shape)).rejects.toThrow(/is not JSON/);
    }
  });

  it.each(['', ' ', '[]', '1', 'null', '"{}"', 'nonsense'])(
    'or a value that is not an object is rejected: %j',
    async (text) => {
      expect((await rejection(text)).message).toBe('The body must be a JSON object.');
    },
  );
});

describe('unknown names', () => {
  it('are listed, and their values are not read', async () => {
    const body = await read('{"a":[1,{"b":tru}],"one":1,"__proto__":{},"list2":9}');

    expect(body).toMatchObject({ value: { one: 1 }, unknown: ['a', '__proto__', 'list2'], unknownCount: 3 });
  });

  it('are listed up to twenty, and counted up to a thousand', async () => {
    const names = Array.from({ length: 200_000 }, (_, i) => `"k${i}":${i}`);

    // the rest is not JSON
    const body = await read(`{${names.join(',')},!`);

    expect(body.unknown).toEqual(Array.from({ length: 20 }, (_, i) => `k${i}`));
    expect(body.unknownCount).toBe(MAX_UNKNOWN_COUNTED);
  });

  it('are rejected if they are too long', async () => {
    expect((await rejection(`{"${'n'.repeat(300)}":1}`)).message).toMatch(
      /^The field name "n{59}… has more than 255 bytes/,
    );
  });
});

describe('sizes and counts', () => {
  it('of a list are reported without reading its items', async () => {
    const { value, tooLong } = await read(`{"one":1,"list":[${'nonsense,'.repeat(50_000)}0]}`);

    expect(value).toEqual({ one: 1 });
    expect([...tooLong]).toEqual([['list', 50_001]]);
  });

  it('of a part are rejected before it is parsed', async () => {
    const keys = Array.from({ length: 200_000 }, (_, i) => `"k${i}":${i}`).join(',');
    const many = Array.from({ length: MAX_PART_VALUES + 1 }, () => 0).join(',');
    const cases: [string, string, string][] = [
      [`{"list":[1,{${keys}}]}`, 'list[1]', 'has more than 64 values, such as "k0", "k1", "k2".'],
      [`{"one":{${keys}}}`, 'one', 'has more than 64 values, such as "k0", "k1", "k2".'],
      [`{"list":[[${many}]]}`, 'list[0]', 'has more than 64 values.'],
      [`{"list":["${'x'.repeat(MAX_PART_BYTES)}"]}`, 'list[0]', 'has more than 16384 bytes.'],
      [`{"one":"${'x'.repeat(20_000_000)}"}`, 'one', 'has more than 16384 bytes.'],
      [`{"one":${'1'.repeat(20_000)}}`, 'one', 'has more than 16384 bytes.'],
      [`{"one":${' '.repeat(20_000)}1}`, 'one', 'has more than 16384 bytes.'],
      [`{"list":[${' '.repeat(200_000)}]}`, 'list[0]', 'has more than 16384 bytes.'],
    ];
    for (const [text, field, message] of cases) {
      expect(await rejection(text)).toMatchObject({ field, message: `${field}: ${message}` });
    }
  });

  it('of levels are rejected, even in unknown fields', async () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

    expect((await read(`{"one":${nested(15)}}`)).value).toEqual({ one: JSON.parse(nested(15)) });
    for (const name of ['one', 'list', 'other']) {
      expect((await rejection(`{"${name}":${nested(16)}}`)).message).toBe(
        'The body is nested more than 16 levels deep.',
      );
      expect((await rejection(`{"${name}":${'{"a":'.repeat(100_000)}`)).message).toMatch(/16 levels/);
    }
  });

  it('of a name must be one', async () => {
    for (const text of ['{"one":1,"one":1}', '{"list":[],"list":[]}', '{"list":[1,2,3,4],"list":[]}']) {
      expect((await rejection(text)).message).toMatch(/^(one|list): occurs more than once; send it once\.$/);
    }
  });
});

describe('a long body', () => {
  it('yields every 64 kB', async () => {
    const { turns } = await turnsDuring(() => read(`{${' '.repeat(6_400_000)}}`));

    expect(turns).toBeGreaterThan(90);
  });
});
