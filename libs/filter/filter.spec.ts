import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Filter, type Pattern, joined, simplified } from './filter.js';
import { MAX_COMPARISONS, MAX_DEPTH, parseFilter } from './parse.js';

/** As a filter with parentheses around everything nested, quotes and escapes. */
function print(filter: Filter): string {
  const group = (inner: Filter): string =>
    'operands' in inner || inner.kind === 'not' ? `(${print(inner)})` : print(inner);
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.map(group).join(` ${filter.kind.toUpperCase()} `);
    case 'not':
      return `NOT ${group(filter.operand)}`;
    case 'search':
      return quoted(filter.text);
    case 'comparison':
      return `${filter.field.map(quoted).join('.')} ${filter.comparator} ${patternText(filter.value)}`;
  }
}

const escaped = (text: string): string => text.replaceAll(/["'*\\]/g, String.raw`\$&`);
const quoted = (text: string): string => `"${escaped(text)}"`;
const patternText = ({ text, anyBefore, anyAfter }: Pattern): string =>
  `"${anyBefore ? '*' : ''}${escaped(text)}${anyAfter ? '*' : ''}"`;

/** A filter with explicit parentheses, and without needless quotes. */
const shape = (written: string): string => print(parseFilter(written)!).replaceAll(/"(\w+)"/g, '$1');

/** Without positions. */
const bare = (filter: Filter | undefined): unknown =>
  JSON.parse(JSON.stringify(filter, (key, value: unknown) => (/^(at|valueAt)$/.test(key) ? undefined : value)));

const text = fc
  .string({
    unit: fc.oneof(fc.constantFrom(...Array.from(`ab "'*\\.-()=:`)), fc.string({ unit: 'binary', maxLength: 1 })),
  })
  .filter((each) => !/[\0\p{Surrogate}]/u.test(each));
const pattern = fc
  .record({ text, anyBefore: fc.boolean(), anyAfter: fc.boolean() })
  .map((each): Pattern =>
    each.text === '' && (each.anyBefore || each.anyAfter) ? { text: '', anyBefore: true, anyAfter: true } : each,
  );
const leaf = fc.oneof(
  text.map((value): Filter => ({ kind: 'search', text: value, at: 0 })),
  fc
    .record({
      field: fc.array(text, { minLength: 1, maxLength: 3 }),
      comparator: fc.constantFrom('=', '!=', ':'),
      value: pattern,
    })
    .map((each): Filter => ({ kind: 'comparison', ...each, at: 0, valueAt: 0 })),
);
const filters = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    tie('filter').map((operand): Filter => ({ kind: 'not', operand })),
    fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(tie('filter'), { minLength: 2, maxLength: 3 }))
      .map(([kind, operands]): Filter => ({
        kind,
        operands: operands.flatMap((each) => (each.kind === kind ? each.operands : [each])),
      })),
  ),
})).filter;

describe('a filter', () => {
  it.each(['', '  '])('%j selects everything', (written) => {
    expect(parseFilter(written)).toBeUndefined();
  });

  it.each([
    ['a AND b OR c', 'a AND (b OR c)'],
    ['a OR b AND c', '(a OR b) AND c'],
    ['(a AND b) OR c', '(a AND b) OR c'],
    ['New York Giants OR Yankees', 'New AND York AND (Giants OR Yankees)'],
    ['a b AND c d', 'a AND b AND c AND d'],
    ['a AND (b AND (c)) AND d', 'a AND b AND c AND d'],
    ['NOT a OR b', '(NOT a) OR b'],
    ['-a b', '(NOT a) AND b'],
    ['NOT(a OR b)', 'NOT (a OR b)'],
    ['-(a b)', 'NOT (a AND b)'],
    ['NOT (NOT a)', 'NOT (NOT a)'],
    ['name:burger -tags.brand=bk', 'name : burger AND (NOT tags.brand = bk)'],
  ])('%j groups as %j', (written, expected) => {
    expect(shape(written)).toBe(expected);
  });

  it.each([
    ['"Burger King"', 'Burger King'],
    [`'it is "here"'`, 'it is "here"'],
    [String.raw`"a \"b\" \\ \* \'"`, String.raw`a "b" \ * '`],
    ["Wendy's", "Wendy's"],
    ['America/New_York', 'America/New_York'],
    ['a.b', 'a.b'],
    ['a."b c"', 'a.b c'],
    ['"AND"', 'AND'],
    ['android', 'android'],
    ['店', '店'],
  ])('%s is the text %s', (written, expected) => {
    expect(bare(parseFilter(written))).toEqual({ kind: 'search', text: expected });
  });

  it('a minus before a blank is a text', () => {
    expect(shape('Burger - Main')).toBe('Burger AND "-" AND Main');
  });

  it.each([
    ['-42', '-42', false, false],
    ['com.google', 'com.google', false, false],
    ['"*.foo"', '.foo', true, false],
    ['*burger*', 'burger', true, true],
    ['bk*', 'bk', false, true],
    ['*', '', true, true],
    ['**', '', true, true],
    [String.raw`"\**"`, '*', false, true],
    ['""', '', false, false],
  ])('the value %s is the text %j, any before: %j, any after: %j', (written, value, anyBefore, anyAfter) => {
    const filter = parseFilter(`a.b=${written}`);
    expect(filter).toEqual({
      kind: 'comparison',
      field: ['a', 'b'],
      comparator: '=',
      value: { text: value, anyBefore, anyAfter },
      at: 1,
      valueAt: 5,
    });
  });

  it('is the same after printing and parsing', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(bare(parseFilter(print(filter)))).toEqual(bare(filter));
      }),
    );
  });

  it('is parsed or rejected with a position, whatever it is', () => {
    const anyText = fc.array(
      fc.constantFrom('a', ' ', '"', "'", '\\', '*', '.', '(', ')', '=', '!', ':', '<', '-', 'AND', 'OR', 'NOT', '🍔'),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(anyText, (pieces) => {
        const written = pieces.join('');
        let message = '';
        try {
          parseFilter(written);
        } catch (error) {
          message = (error as Error).message;
        }
        if (message === '') return;
        const [, at] = /^filter must .*, got (?:".*"|its end) at character (\d+)\.$/.exec(message) ?? [];
        expect(Number(at)).toBeGreaterThan(0);
        expect(Number(at)).toBeLessThanOrEqual(Array.from(written).length + 1);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('an error', () => {
  const nested = (depth: number): string => `${'('.repeat(depth)}a${')'.repeat(depth)}`;

  it.each([
    ['tags.brand =', 'have a text after =, got its end at character 13'],
    ['tags.brand = (a)', 'have a text after =, got "(" at character 14'],
    ['tags.brand = AND b', 'have a text after =, got "AND" at character 14'],
    ['tags.brand > "a"', 'compare with =, != or :, got ">" at character 12'],
    ['a AND', 'have a comparison such as name:burger here, got its end at character 6'],
    ['OR b', 'have a comparison such as name:burger here, got "OR" at character 1'],
    ['NOT NOT a', 'have a comparison such as name:burger here, got "NOT" at character 5'],
    ['--a', 'have a comparison such as name:burger here, got "-" at character 2'],
    ['()', 'have a comparison such as name:burger here, got ")" at character 2'],
    ['= b', 'have a field before =, or quotes around a text with it, got "=" at character 1'],
    ['name = 10:30', 'have a field before :, or quotes around a text with it, got ":" at character 10'],
    ['(a OR b', 'close the ( at character 1, got its end at character 8'],
    ['a OR b)', 'have a ( before each ), got ")" at character 7'],
    ['name = "a', 'close the quoted text with ", got "\\"a" at character 8'],
    ['a, b', 'have quotes around a text with ,, got "," at character 2'],
    ['St. Louis', 'have a name after a dot, or quotes around it, got " " at character 4'],
    ['tags.', 'have a name after a dot, or quotes around it, got its end at character 6'],
    ['a and b', 'have AND in capitals, or quotes around it, got "and" at character 3'],
    ['regex(a)', 'have a blank between a text and (, got "(" at character 6'],
    ['"a\\n"', 'have \\ only before ", \', * or \\, got "\\\\n" at character 3'],
    ['tags.* = a', 'have * only after =, != or :, or as "\\*", got "tags.*" at character 1'],
    ['🍔 burg*', 'have * only after =, != or :, or as "\\*", got "burg*" at character 3'],
    ['a = b*c', 'have * only at the start or the end of a text, or as "\\*", got "b*c" at character 5'],
    [nested(MAX_DEPTH + 1), `have at most 20 ( inside each other, got "(" at character 21`],
    [
      Array(MAX_COMPARISONS + 1)
        .fill('a')
        .join(' '),
      'have at most 50 comparisons, got "a" at character 101',
    ],
  ])('%j: filter must %s', (written, problem) => {
    expect(() => parseFilter(written)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', field: 'filter', message: `filter must ${problem}.` }),
    );
  });

  it('is not raised by the largest filters', () => {
    expect(shape(nested(MAX_DEPTH))).toBe('a');
    expect(shape(Array(MAX_COMPARISONS).fill('a').join(' '))).toBe(Array(MAX_COMPARISONS).fill('a').join(' AND '));
    expect(parseFilter('🍔'.repeat(2_000))).toBeDefined();
  });

  it('is raised by a text that is too long, or that PostgreSQL cannot contain', () => {
    expect(() => parseFilter('a'.repeat(2_001))).toThrow('filter must have at most 2000 characters, got 2001.');
    for (const character of ['\0', '\ud800'])
      expect(() => parseFilter(`"a${character}"`)).toThrow(
        'filter must have only characters of Unicode, and not \\u0000.',
      );
  });
});

describe('a filter of which comparisons are known', () => {
  it('is equal to the whole filter with those values', () => {
    const letters = ['a', 'b', 'c', 'd'];
    const valueOf = (filter: Filter | boolean, values: Record<string, boolean>): boolean => {
      if (typeof filter === 'boolean') return filter;
      if (filter.kind === 'not') return !valueOf(filter.operand, values);
      if (filter.kind === 'and') return filter.operands.every((each) => valueOf(each, values));
      if (filter.kind === 'or') return filter.operands.some((each) => valueOf(each, values));
      return values[(filter as { text: string }).text];
    };
    const small = fc.letrec<{ filter: Filter }>((tie) => ({
      filter: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(...letters).map((value): Filter => ({ kind: 'search', text: value, at: 0 })),
        tie('filter').map((operand): Filter => ({ kind: 'not', operand })),
        fc
          .tuple(fc.constantFrom('and', 'or'), fc.array(tie('filter'), { minLength: 2, maxLength: 3 }))
          .map(([kind, operands]) => ({ kind, operands })),
      ),
    })).filter;
    const values = fc.record({ a: fc.boolean(), b: fc.boolean(), c: fc.boolean(), d: fc.boolean() });
    fc.assert(
      fc.property(small, values, (filter, known: Record<string, boolean>) => {
        const left = simplified(filter, (each) =>
          'text' in each && 'ab'.includes(each.text) ? known[each.text] : undefined,
        );
        expect(valueOf(left, { ...known, a: !known.a, b: !known.b })).toBe(valueOf(filter, known));
      }),
    );
  });

  it('is true or false when nothing is left', () => {
    expect(joined('and', [])).toBe(true);
    expect(joined('or', [])).toBe(false);
    expect(simplified(parseFilter('a OR NOT b')!, () => true)).toBe(true);
    expect(simplified(parseFilter('a AND NOT b')!, () => true)).toBe(false);
  });
});
