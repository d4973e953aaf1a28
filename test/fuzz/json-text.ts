import * as fc from 'fast-check';
import { seldom } from './cases.js';
import type { Schema, Schemas } from './operations.js';

/** JSON as text, so that it can contain what JSON.stringify never writes: repeated keys, 1e999 and lone surrogates. */
export type JsonText = fc.Arbitrary<string>;

/** Each word is the text between the quotes, with its escapes. */
const words = (text: string): string[] => text.split(' ').map((word) => `"${word}"`);
const ODD_TEXTS = [
  ...words(
    String.raw` \u0000 \ud800 \udc00\ud800 \u202e \ufeff \r\n =1+1 -1 -1h A B null NaN __proto__ constructor 24:00:00`,
  ),
  ...words('2023-02-29 9999-12-31T23:59:59Z 0000-01-01T00:00:00Z 2026-01-12T17:00:00+99:99 99999999999999999999d'),
  ...words(`${'\u{1f600}'.repeat(40)} x${'\u{1f600}'.repeat(40)} ${'x'.repeat(300)}`),
  '" "',
];
const ODD_NUMBERS = `0 -0 6 1e999 -1e999 1e-400 0.1 9007199254740993 1${'0'.repeat(400)}`.split(' ');
const ODD_KEYS = [
  ...' __proto__ constructor prototype toString valueOf toJSON then length hasOwnProperty 0 a.b polls[0]'.split(' '),
  ...`\u0000 \ud800 \u{1f600} ${'x'.repeat(300)}`.split(' '),
];

const scalar: JsonText = fc.oneof(
  fc.constantFrom('null', 'true', 'false', '[]', '{}', ...ODD_NUMBERS, ...ODD_TEXTS),
  fc.string({ unit: 'binary', maxLength: 10 }).map((text) => JSON.stringify(text)),
  fc.double().map((number) => JSON.stringify(number)),
);

const objectText = (entries: readonly (readonly [string, string])[]): string =>
  `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;

/** Any JSON. Its keys are those of requests and those of JavaScript's objects. */
function anyJson(names: readonly string[]): JsonText {
  const key = fc.oneof(fc.constantFrom(...names), fc.constantFrom(...ODD_KEYS));
  return fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      { weight: 3, arbitrary: scalar },
      { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`) },
      { weight: 1, arbitrary: fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map(objectText) },
    ),
  })).value;
}

/** A value of the schema, with an occasional unusual value, omitted field or additional field. */
function likeSchema(schema: Schema, schemas: Schemas, odd: JsonText): JsonText {
  const { properties, items, enum: values, example, type, format } = resolved(schema, schemas);
  const usual = (): JsonText => {
    if (properties) {
      const entries = Object.entries(properties).map(([name, property]) =>
        fc
          .option(likeSchema(property, schemas, odd), { freq: 8, nil: undefined })
          .map((value) => (value === undefined ? [] : [[name, value] as const])),
      );
      const more = seldom(12, fc.tuple(fc.constantFrom(...ODD_KEYS, ...Object.keys(properties)), odd));
      return fc
        .tuple(fc.tuple(...entries), more)
        .map(([fields, extra]) => objectText([...fields.flat(), ...(extra ? [extra] : [])]));
    }
    if (items) {
      return fc.array(likeSchema(items, schemas, odd), { maxLength: 4 }).map((texts) => `[${texts.join(',')}]`);
    }
    if (values) return fc.constantFrom(...values.map((value) => JSON.stringify(value)));
    if (example !== undefined) return fc.constant(JSON.stringify(example));
    if (format === 'date-time') return fc.constantFrom('"2026-01-12T17:00:00Z"', '"2026-01-12T14:00:00Z"');
    return fc.constant(type?.includes('string') ? '"A"' : '1');
  };
  return fc.oneof({ weight: 12, arbitrary: usual() }, { weight: 1, arbitrary: odd });
}

const resolved = (schema: Schema, schemas: Schemas): Schema => {
  if (schema.allOf?.[0]) return resolved(schema.allOf[0], schemas);
  return schema.$ref ? schemas[schema.$ref.split('/').at(-1)!] : schema;
};

/** Nested deeper than any stack, longer than a batch allows. */
const huge = (names: readonly string[]): JsonText =>
  fc.tuple(fc.constantFrom(...names), fc.constantFrom(30, 3_000, 100_000), fc.nat(4)).map(([name, size, shape]) => {
    const nested = [
      '['.repeat(size) + ']'.repeat(size),
      '{"a":'.repeat(size) + '1' + '}'.repeat(size),
      `[${'{},'.repeat(size)}{}]`,
      `"${'x'.repeat(size)}"`,
      '['.repeat(size),
    ][shape];
    return `{"${name}":${nested}}`;
  });

export function bodyText(schema: Schema | undefined, schemas: Schemas): JsonText {
  const names = Object.values(schemas).flatMap(({ properties }) => Object.keys(properties ?? {}));
  const odd = anyJson(names);
  if (!schema) return odd;
  const own = Object.keys(resolved(schema, schemas).properties ?? { a: {} });
  return fc.oneof(
    { weight: 80, arbitrary: likeSchema(schema, schemas, odd) },
    { weight: 10, arbitrary: odd },
    { weight: 1, arbitrary: huge(own) },
  );
}
