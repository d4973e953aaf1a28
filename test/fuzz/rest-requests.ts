import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { encodeNumbers, encodePageToken } from '../../src/edge/paging/page-token.js';
import { damaged, seldom } from './cases.js';
import type { RawRequest } from './http-client.js';
import { bodyText } from './json-text.js';
import type { Operation, Schemas } from './operations.js';

export type FuzzedRequest = RawRequest & { readonly operation: Operation };

/** Raw parts of paths and queries: unknown ids, undecodable bytes, path traversal. */
const ODD_PARTS = [
  ...'%00 %ff % %zz %ed%a0%80 ..%2f..%2fetc%2fpasswd %2e%2e %0d%0aX:1 %F0%9F%98%80 %20 %C2%A0 ;a=b %25 + {} %5B%5D'.split(
    ' ',
  ),
  ...`null undefined -1 0 1e9 =1 ' __proto__ constructor ${'x'.repeat(300)} 00000000-0000-4000-8000-000000000000`.split(
    ' ',
  ),
];
const oddPart = fc.oneof(
  fc.constantFrom(...ODD_PARTS),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map(encodeURIComponent),
);

const instants = [
  ...'2026-01-12T17:00:00Z 2026-01-05T17:00:00Z 2026-01-12T17:00:00.123456789%2B05:30 1900-01-01T00:00:00Z'.split(' '),
  ...'9999-12-31T23:59:59Z 1899-12-31T00:00:00Z 2026-02-30T00:00:00Z 2026-01-12 1674389379'.split(' '),
];
/** Tokens in the format of page tokens, with any numbers and texts. */
export const pageToken = fc.oneof(
  fc.array(fc.oneof(fc.maxSafeInteger(), fc.nat()), { minLength: 1, maxLength: 2 }).map((all) => encodeNumbers(...all)),
  fc.string({ unit: 'binary', maxLength: 10 }).map(encodePageToken),
);
const PARTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  odd: oddPart,
  store_id: fc.constantFrom('A', 'B', '8139926242460185114', 'corner%20shop'),
  date: fc.constantFrom('2026-12-25', '1900-01-01', '2199-12-31', '2200-01-01', '2023-02-29'),
  // Replaced with an id from the server when the request is sent.
  report_id: fc.constant('{report_id}'),
  import_id: fc.constant('{import_id}'),
  status: fc.constantFrom('Running', 'Complete', 'Failed', 'Cancelled', 'running', ''),
  name: fc.constantFrom('nightly', 'nightly-for-finance'),
  run_id: fc.constantFrom('2026-11-23', '2026-11-23T0800Z'),
  page_size: fc.constantFrom('1', '2', '1000', '10000', '10001', '-1', '1.5'),
  page_token: pageToken,
  include: fc.constantFrom('openings', 'totals,hours', 'statuses,%20openings', 'all', ',', ''),
};

const part = (name: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: (Object.hasOwn(PARTS, name) ? PARTS[name] : undefined) ?? fc.constantFrom(...instants) },
    { weight: 1, arbitrary: oddPart },
  );

function anyPath({ path, queryNames }: Operation): fc.Arbitrary<string> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const name = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...queryNames, ...(queryNames.length === 0 ? ['a'] : [])) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'a%5Bb%5D', '', '%00', '%ff', 'constructor') },
  );
  const query = fc.array(
    name.chain((key) => part(key).map((value) => `${key}=${value}`)),
    { maxLength: queryNames.length + 1 },
  );
  return fc.tuple(fc.tuple(...names.map((found) => part(found))), query).map(([parts, pairs]) => {
    const left = [...parts];
    const filled = path.replaceAll(/\{\w+\}/g, () => left.shift()!);
    return filled + (pairs.length === 0 ? '' : `?${pairs.join('&')}`);
  });
}

const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=x',
  'application/json; charset=utf-16',
  'text/json',
  'application/',
  '',
  'application/problem+json',
  'text/csv',
];
const ENCODINGS = ['gzip', 'br', 'deflate', 'identity', 'x', 'gzip, gzip'];

/** How a body is sent: usually correctly. */
const delivery = fc.record({
  type: fc.oneof(
    { weight: 15, arbitrary: fc.constant('application/json') },
    { weight: 1, arbitrary: fc.constantFrom(...TYPES) },
  ),
  encoding: seldom(20, fc.constantFrom(...ENCODINGS)),
  isZipped: fc.boolean(),
  damage: fc.nat(9),
});

function anyBody(operation: Operation, schemas: Schemas): fc.Arbitrary<Pick<RawRequest, 'headers' | 'chunks'>> {
  return fc.tuple(bodyText(operation.body, schemas), delivery).chain(([text, { type, encoding, isZipped, damage }]) => {
    const plain = Buffer.from(text);
    const sent = encoding !== undefined && isZipped ? gzipSync(plain) : plain;
    const headers = { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
    return (damage === 0 ? damaged(sent) : fc.constant(sent)).map((bytes) => ({ headers, chunks: [bytes] }));
  });
}

/** Reports are expensive, so they are rarely requested or removed. The other operations get the cases. */
const weightOf = ({ verb, path }: Operation): number => (/POST|DELETE/.test(verb) && path.includes('report') ? 1 : 10);

export function anyRequest(operations: readonly Operation[], schemas: Schemas): fc.Arbitrary<FuzzedRequest> {
  const verbs = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];
  return fc.oneof(
    ...operations.map((operation) => ({
      weight: weightOf(operation),
      arbitrary: fc
        .record({
          path: anyPath(operation),
          verb: fc.oneof(
            { weight: 30, arbitrary: fc.constant(operation.verb) },
            { weight: 1, arbitrary: fc.constantFrom(...verbs) },
          ),
          body: operation.body ? anyBody(operation, schemas) : seldom(8, anyBody(operation, schemas)),
        })
        .map(({ path, verb, body }) => ({ operation, verb, path, ...body })),
    })),
  );
}

/** Ids from the server, for the paths of later requests. */
export class Ids {
  private readonly known: Record<string, string> = {};

  note(text: string): void {
    for (const [, name, id] of text.matchAll(/"(report_id|import_id)":"([\da-f-]{36})"/g)) this.known[name] = id!;
  }

  fill(path: string): string {
    return path.replaceAll(/\{(report_id|import_id)\}/g, (_, name: string) => this.known[name] ?? 'none');
  }
}
