import { resolve } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import protobuf from 'protobufjs';
import { NOBODY } from '../e2e/rest.js';
import { damaged, seldom } from './cases.js';
import { NOW_MS, noise } from './csv-files.js';
import { type RawCall, framed } from './grpc-client.js';
import { pageToken } from './rest-requests.js';

/** The services of the .proto files, whether or not their methods stream. */
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => (target.startsWith('google/') ? target : resolve('proto', target));
root
  .loadSync(
    ['ingestion', 'timezones', 'reports', 'timelines', 'schedules'].map(
      (name) => `storewatch/v1/${name}_service.proto`,
    ),
  )
  .resolveAll();

const services = root.lookup('storewatch.v1') as protobuf.Namespace;
const METHODS = services.nestedArray.flatMap((found) => (found instanceof protobuf.Service ? found.methodsArray : []));

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  timezone: ['America/New_York', 'Asia/Tokyo', 'Mars/Olympus'],
  startTimeLocal: ['09:00', '17:30:00', '24:00:00'],
  endTimeLocal: ['09:00', '17:30:00', '24:00:00'],
  date: ['2026-12-25', '1900-01-01', '2023-02-29'],
  openedOn: ['2025-06-01', ''],
  closedOn: ['2026-06-01', ''],
  duration: ['3d', '1h'],
  name: ['last_3_days', 'morning', 'fuzzed'],
  // A schedule that is not due while the tests run: each run would cost a report.
  cron: ['0 0 29 2 *', '0 0 30 2 *', '0 2 * *', '* * 29 2 *'],
  schedule: ['fuzzed', 'morning'],
  runId: ['2026-11-23', '2026-11-23T0800Z'],
  destination: ['fuzzed', 'a/b', 'reports', ''],
};
const text = (name: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...(TEXTS[name] ?? ['A', 'B', ''])) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('\0', '__proto__', '\u{1f600}'.repeat(40), 'x'.repeat(300), '\ud800', '=1'),
    },
  );
const whole = fc.oneof(
  { weight: 4, arbitrary: fc.nat(6) },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
  { weight: 1, arbitrary: fc.constantFrom(-1, 2 ** 31 - 1, -(2 ** 31)) },
);
const seconds = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: NOW_MS / 1000 - 40 * 86_400, max: NOW_MS / 1000 }) },
  { weight: 1, arbitrary: whole },
);

/** Any message of a type, with omitted fields and unknown enum numbers. */
function message(type: protobuf.Type, reportId: string): fc.Arbitrary<Record<string, unknown>> {
  const fields = type.fieldsArray.map((field) => {
    const one = value(field, reportId);
    if (field instanceof protobuf.MapField) {
      const entries = fc.array(fc.tuple(text('key'), one), { maxLength: 4 });
      return [field.name, entries.map((given) => Object.fromEntries(given))] as const;
    }
    return [field.name, field.repeated ? fc.array(one, { maxLength: 4 }) : one] as const;
  });
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

function value({ name, type, resolvedType }: protobuf.Field, reportId: string): fc.Arbitrary<unknown> {
  if (resolvedType instanceof protobuf.Type) return message(resolvedType, reportId);
  if (resolvedType instanceof protobuf.Enum) return fc.oneof(fc.nat(4), whole.map(Math.trunc));
  if (name === 'reportId') return fc.oneof(fc.constant(reportId), fc.uuid(), text(name));
  if (name === 'pageToken') return fc.oneof(fc.constant(''), pageToken, text(name));
  if (name === 'seconds') return seconds;
  return type === 'string' ? text(name) : whole;
}

const encoded = (method: protobuf.Method, reportId: string): fc.Arbitrary<Buffer> => {
  const type = method.resolvedRequestType!;
  return message(type, reportId).map((given) => Buffer.from(type.encode(type.fromObject(given)).finish()));
};

/** A frame that is correct, or has a wrong length or a wrong compression flag. */
const frame = (bytes: Buffer): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(framed(bytes, 0, bytes.length)) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(255), fc.nat(bytes.length + 20)).map(([f, l]) => framed(bytes, f, l)) },
    { weight: 1, arbitrary: fc.constantFrom(2 ** 32 - 1, 4 * 1024 * 1024 + 1).map((l) => framed(bytes, 0, l)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(gzipSync(bytes), deflateSync(bytes), bytes).map((z) => framed(z, 1, z.length)),
    },
  );

const METADATA = {
  'content-type': fc.constantFrom(
    'application/grpc+proto',
    'application/grpc+json',
    'application/json',
    'text/plain',
    '',
  ),
  'grpc-timeout': fc.constantFrom('1m', '0n', '99999999H', '1', 'abc', '-1S', '999999999S'),
  'grpc-encoding': fc.constantFrom('gzip', 'deflate', 'identity', 'x', ''),
  'grpc-accept-encoding': fc.constantFrom('gzip', 'x', ''),
  'x-odd-bin': fc.constantFrom('!!!', 'AAAA', '====', ''),
  'x-odd': fc.constantFrom('', 'x'.repeat(3_000), '%00', '\u00ff'),
  authorization: fc.constantFrom('', 'Bearer x', 'Basic !'),
  constructor: fc.constant('x'),
};

/** Calls rarely request reports, as over REST: each one costs a report. */
const weightOf = ({ name }: protobuf.Method): number => (name === 'TriggerReport' ? 1 : 10);

const chosen: fc.Arbitrary<protobuf.Method> = fc.oneof(
  ...METHODS.map((method) => ({ weight: weightOf(method), arbitrary: fc.constant(method) })),
);

/** Any call of any method. @param reportId an existing report */
export const callsOf = (reportId: string): fc.Arbitrary<RawCall> =>
  chosen.chain((method) => {
    // Other calls need the report.
    const right = encoded(method, method.name === 'DeleteReport' ? NOBODY : reportId);
    const bytes = fc.oneof(
      { weight: 6, arbitrary: right },
      { weight: 3, arbitrary: right.chain(damaged) },
      { weight: 1, arbitrary: noise },
    );
    const path = `/storewatch.v1.${method.parent!.name}/${method.name}`;
    const { oneof, constant } = fc;
    return fc
      .record({
        path: oneof(
          { weight: 30, arbitrary: constant(path) },
          {
            weight: 1,
            arbitrary: fc.constantFrom('/', '//', `${path}/x`, path.toLowerCase(), '/x.y/Z', '/%00', '/__proto__'),
          },
        ),
        headers: seldom(5, fc.record(METADATA, { requiredKeys: [] })),
        frames: fc.array(bytes.chain(frame), { maxLength: method.requestStream ? 3 : 2 }),
        first: bytes.chain(frame),
        tail: seldom(10, noise),
        isAborted: fc.nat(19).map((n) => n === 0),
      })
      .map(({ headers, first, frames, tail, ...call }) => ({
        ...call,
        headers: { 'content-type': 'application/grpc', ...headers },
        // Nearly always a message, and sometimes more of them than the method takes.
        chunks: [first, ...(method.requestStream ? frames : frames.slice(2)), ...(tail ? [tail] : [])],
      }));
  });
