import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OpenApi, Schema } from '../fuzz/operations.js';

export interface RestCase {
  readonly operation: string;
  /** In what it is large. */
  readonly way: string;
  readonly verb: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: () => Buffer;
}

const MB = 1024 * 1024;
/** Of most bodies; those at the limit of MAX_BODY_BYTES are a few. */
const BYTES = 4 * MB;
const ALL_BYTES = 20 * MB - 1024;

const fill = (part: string, bytes = BYTES): string => part.repeat(Math.floor(bytes / part.length));
const keys = (count: number): string => Array.from({ length: count }, (_, i) => `"k${i}":${i}`).join(',');
const items = (count: number, item: (index: number) => string): string =>
  `[${Array.from({ length: count }, (_, i) => item(i)).join(',')}]`;

/** Values of a field that are large: in elements, keys, levels, texts and numbers, over every limit and just under it. */
const VALUES: Readonly<Record<string, () => string>> = {
  'empty objects': () => `[${fill('{},')}{}]`,
  'empty lists': () => `[${fill('[],')}[]]`,
  numbers: () => `[${fill('0,')}0]`,
  texts: () => `[${fill('"",')}""]`,
  'as many objects as may be': () => items(10_000, () => '{}'),
  'as many texts as may be': () => items(10_000, (i) => `"${i}${'x'.repeat(200)}"`),
  'as many objects of as many keys as may be': () => items(10_000, () => `{${keys(60)}}`),
  'as many texts as long as may be': () => items(1_200, (i) => `"${i}${'x'.repeat(16_000)}"`),
  'blank texts as long as may be': () => items(1_200, (i) => `{"status":"${' '.repeat(16_000)}","store_id":"${i}"}`),
  'keys of an item': () => `[{${keys(200_000)}}]`,
  keys: () => `{${keys(200_000)}}`,
  'numbers as keys': () => `{${Array.from({ length: 200_000 }, (_, i) => `"${i}":0`).join(',')}}`,
  'lists in lists': () => fill('[', BYTES / 2) + fill(']', BYTES / 2),
  'objects in objects': () => `${fill('{"a":')}0`,
  'a text': () => `"${fill('x')}"`,
  'a text of escapes': () => `"${fill('\\u0041')}"`,
  'a text just under the limit': () => `"${'x'.repeat(16_000)}"`,
  'digits just under the limit': () => `"${'9'.repeat(16_000)}"`,
  'blanks just under the limit': () => `"${' '.repeat(16_000)}x"`,
  'commas just under the limit': () => `"${'0,'.repeat(8_000)}"`,
  'a number of many digits': () => fill('9'),
  'a number that is none': () => '1e400',
  blanks: () => `${fill(' ')}0`,
};

/** Bodies that are large whatever their fields are. */
const BODIES: Readonly<Record<string, () => string>> = {
  'unknown keys': () => `{${keys(250_000)}}`,
  'keys __proto__': () => `{${fill('"__proto__":{},')}"a":0}`,
  'an unknown text': () => `{"unknown":"${fill('x', ALL_BYTES)}"}`,
  'unknown lists': () => `{"unknown":[${fill('[],', ALL_BYTES)}[]]}`,
  'blanks in all': () => `{${fill(' ', ALL_BYTES)}}`,
  'a list of lists': () => `[${fill('[],')}[]]`,
  quotes: () => fill('"'),
  'opening brackets': () => fill('{"a":['),
};

/** Headers and queries, for every operation. What is longer than 16 kB in all, Node.js refuses. */
const ENVELOPES: Readonly<Record<string, { query: string; headers: Record<string, string | string[]> }>> = {
  'parameters in a query': { query: `?${fill('a&', 14_000)}a`, headers: {} },
  'different parameters in a query': {
    query: `?${Array.from({ length: 2_500 }, (_, i) => `k${i}`).join('&')}`,
    headers: {},
  },
  'one parameter again and again': { query: `?${fill('page_size=1&', 14_000)}page_size=1`, headers: {} },
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

/** Made once for all operations: there are 4 MB of most of them. */
const made = new Map<string, string>();
function cached(way: string, make: () => string): string {
  const text = made.get(way) ?? make();
  made.set(way, text);
  return text;
}

/**
 * Of every operation of the OpenAPI document.
 * @param isAll every kind of value in every field. Otherwise each kind once, in turn with the fields, and no field goes without.
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
      // an endless answer is no answer to wait for
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
