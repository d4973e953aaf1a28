import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OpenApi, Schema } from '../fuzz/operations.js';

export interface RestCase {
  readonly operation: string;
  /** What is large about the request. */
  readonly way: string;
  readonly verb: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: () => Buffer;
}

const MB = 1024 * 1024;
/** The size of most bodies. Only a few are as large as MAX_BODY_BYTES. */
const BYTES = 4 * MB;
const ALL_BYTES = 20 * MB - 1024;

const fill = (part: string, bytes = BYTES): string => part.repeat(Math.floor(bytes / part.length));
const keys = (count: number): string => Array.from({ length: count }, (_, i) => `"k${i}":${i}`).join(',');
const items = (count: number, item: (index: number) => string): string =>
  `[${Array.from({ length: count }, (_, i) => item(i)).join(',')}]`;

/** Large values for a field: in elements, keys, levels, strings and numbers, above every limit and just below it. */
const VALUES: Readonly<Record<string, () => string>> = {
  'empty objects': () => `[${fill('{},')}{}]`,
  'empty arrays': () => `[${fill('[],')}[]]`,
  numbers: () => `[${fill('0,')}0]`,
  strings: () => `[${fill('"",')}""]`,
  'the maximum number of objects': () => items(10_000, () => '{}'),
  'the maximum number of strings': () => items(10_000, (i) => `"${i}${'x'.repeat(200)}"`),
  'the maximum number of objects with the maximum number of keys': () => items(10_000, () => `{${keys(60)}}`),
  'strings of the maximum length': () => items(1_200, (i) => `"${i}${'x'.repeat(16_000)}"`),
  'blank strings of the maximum length': () =>
    items(1_200, (i) => `{"status":"${' '.repeat(16_000)}","store_id":"${i}"}`),
  'keys of an item': () => `[{${keys(200_000)}}]`,
  keys: () => `{${keys(200_000)}}`,
  'numbers as keys': () => `{${Array.from({ length: 200_000 }, (_, i) => `"${i}":0`).join(',')}}`,
  'nested arrays': () => fill('[', BYTES / 2) + fill(']', BYTES / 2),
  'nested objects': () => `${fill('{"a":')}0`,
  'a string': () => `"${fill('x')}"`,
  'a string of escapes': () => `"${fill('\\u0041')}"`,
  'a string just under the limit': () => `"${'x'.repeat(16_000)}"`,
  'digits just under the limit': () => `"${'9'.repeat(16_000)}"`,
  'blanks just under the limit': () => `"${' '.repeat(16_000)}x"`,
  'commas just under the limit': () => `"${'0,'.repeat(8_000)}"`,
  'a number of many digits': () => fill('9'),
  'a malformed number': () => '1e400',
  blanks: () => `${fill(' ')}0`,
};

/** Bodies that are large independently of their fields. */
const BODIES: Readonly<Record<string, () => string>> = {
  'unknown keys': () => `{${keys(250_000)}}`,
  'keys __proto__': () => `{${fill('"__proto__":{},')}"a":0}`,
  'an unknown string': () => `{"unknown":"${fill('x', ALL_BYTES)}"}`,
  'unknown arrays': () => `{"unknown":[${fill('[],', ALL_BYTES)}[]]}`,
  'only blanks': () => `{${fill(' ', ALL_BYTES)}}`,
  'an array of arrays': () => `[${fill('[],')}[]]`,
  quotes: () => fill('"'),
  'opening brackets': () => fill('{"a":['),
};

/** Headers and queries for every operation. Node.js rejects more than 16 kB in total. */
const ENVELOPES: Readonly<Record<string, { query: string; headers: Record<string, string | string[]> }>> = {
  'parameters in a query': { query: `?${fill('a&', 14_000)}a`, headers: {} },
  'different parameters in a query': {
    query: `?${Array.from({ length: 2_500 }, (_, i) => `k${i}`).join('&')}`,
    headers: {},
  },
  'one repeated parameter': { query: `?${fill('page_size=1&', 14_000)}page_size=1`, headers: {} },
  'brackets in a query': { query: `?a${fill('[a]', 14_000)}=1`, headers: {} },
  'escapes in a query': { query: `?a=${fill('%41', 14_000)}`, headers: {} },
  headers: {
    query: '',
    headers: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`x-${i}`, 'y'])),
  },
  'lists in headers': {
    query: '',
    headers: {
      'accept-encoding': fill('a;q=0.1,', 4_000),
      'if-match': fill('"a",', 4_000),
      accept: fill('a/b,', 4_000),
    },
  },
  'blanks in headers': {
    query: '',
    headers: {
      authorization: `Bearer ${' '.repeat(3_000)}x y`,
      traceparent: '0'.repeat(3_000),
      'content-encoding': ','.repeat(3_000),
      'idempotency-key': 'x'.repeat(3_000),
    },
  },
};

/** Created once for all operations, because most of them have 4 MB. */
const made = new Map<string, string>();
function cached(way: string, make: () => string): string {
  const text = made.get(way) ?? make();
  made.set(way, text);
  return text;
}

/**
 * The requests for every operation of the OpenAPI document.
 * @param isAll every kind of value in every field. Otherwise each kind is used once, and every field gets one.
 */
export function restCases(isAll: boolean): RestCase[] {
  const file = fileURLToPath(new URL('../../openapi.json', import.meta.url));
  const { paths, components } = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;
  return Object.entries(paths).flatMap(([template, verbs]) =>
    Object.entries(verbs).flatMap(([name, { requestBody }]) => {
      const verb = name.toUpperCase();
      const operation = `${verb} ${template}`;
      const path = template.replaceAll(/\{\w+\}/g, 'x');
      const base = { operation, verb, path, headers: {}, body: () => Buffer.alloc(0) };
      // This stream never ends.
      if (template.endsWith('/events')) return [];
      const envelopes = Object.entries(ENVELOPES).map(([way, { query, headers }]) => ({
        ...base,
        way,
        path: path + query,
        headers,
      }));
      const schema = requestBody?.content?.['application/json']?.schema;
      if (!schema) return envelopes;
      const json = { ...base, headers: { 'content-type': 'application/json' } };
      const bodies = Object.entries(BODIES).map(([way, body]) => ({
        ...json,
        way,
        body: () => Buffer.from(cached(way, body)),
      }));
      const fields = Object.keys(resolved(schema, components.schemas).properties ?? {});
      const kinds = Object.entries(VALUES);
      const values = fields.flatMap((field, place) =>
        kinds
          .filter((_, index) => isAll || index % fields.length === place % kinds.length)
          .map(([way, value]) => ({
            ...json,
            way: `${field}: ${way}`,
            body: () => Buffer.from(`{"${field}":${cached(`value: ${way}`, value)}}`),
          })),
      );
      return [...envelopes, ...bodies, ...values];
    }),
  );
}

function resolved(schema: Schema, schemas: OpenApi['components']['schemas']): Schema {
  return schema.$ref === undefined ? schema : schemas[schema.$ref.replace(/.*\//, '')];
}
