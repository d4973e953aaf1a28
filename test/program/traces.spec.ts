// A separate process: OpenTelemetry patches modules before the process loads them.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { checkBuilt } from './command.js';
import { type Served, serve } from './served.js';

/** The part of opentelemetry-proto that this spec reads. */
const OTLP = protobuf
  .parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    repeated KeyValue attributes = 9;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { string string_value = 1; }
`)
  .root.lookupType('Request');

const [SERVER, CLIENT, PRODUCER, CONSUMER] = [2, 3, 4, 5];

interface Span {
  readonly id: string;
  readonly trace: string;
  readonly parent: string;
  readonly name: string;
  readonly kind: number;
  readonly service: string;
  readonly attributes: Readonly<Record<string, string>>;
}
interface Attributes {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
}
interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: Attributes;
    readonly scopeSpans: readonly {
      readonly spans: readonly (Attributes & {
        readonly traceId: Uint8Array;
        readonly spanId: Uint8Array;
        readonly parentSpanId: Uint8Array;
        readonly name: string;
        readonly kind: number;
      })[];
    }[];
  }[];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const recordOf = ({ attributes }: Attributes): Record<string, string> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));

const spans: Span[] = [];
let collector: Server;
let server: Served;

beforeAll(async () => {
  await checkBuilt();
  collector = createServer((request, response) => {
    void buffer(request).then((body) => {
      if (request.url !== '/v1/traces') return response.writeHead(404).end();
      const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      const { resourceSpans } = OTLP.decode(bytes) as unknown as OtlpRequest;
      for (const { resource, scopeSpans } of resourceSpans) {
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          spans.push({
            id: hex(span.spanId),
            trace: hex(span.traceId),
            parent: hex(span.parentSpanId),
            name: span.name,
            kind: span.kind,
            service: recordOf(resource)['service.name'],
            attributes: recordOf(span),
          });
        }
      }
      return response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  server = await serve({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
});
afterAll(async () => {
  await server?.close();
  collector?.close();
  collector?.closeAllConnections();
});

it("a report is one trace, from the client's request through the job to the queries of the worker", async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const upload = server.upload('store_status');
  upload.sending.end('store_id,status,timestamp_utc\ns,active,2026-10-05 10:10:00 UTC\n');
  expect(await upload.answer).toMatchObject({ status: 201 });
  const triggered = await fetch(`${server.url}/trigger_report`, {
    method: 'POST',
    headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
  });
  const { report_id: id } = (await triggered.json()) as { report_id: string };
  while (
    !(await fetch(`${server.url}/get_report?report_id=${id}`)).headers.get('content-type')!.startsWith('text/csv')
  );

  server.child.kill('SIGTERM'); // Spans not sent yet are sent then.
  expect(await server.ended).toMatchObject({ code: 0, err: '' });

  const ofTrace = spans.filter(({ trace }) => trace === traceId);
  const one = (kind: number, name: RegExp): Span => {
    const found = ofTrace.filter((span) => span.kind === kind && name.test(span.name));
    expect(found.map((span) => span.name)).toHaveLength(1);
    return found[0];
  };
  const childrenOf = (parent: Span): Span[] => ofTrace.filter((span) => span.parent === parent.id);

  const request = one(SERVER, /^POST \/trigger_report$/);
  expect(request).toMatchObject({
    parent: '00f067aa0ba902b7',
    service: 'storewatch',
    attributes: { 'http.route': '/trigger_report' },
  });
  const send = one(PRODUCER, /report/);
  expect(send.parent).toBe(request.id);
  const job = one(CONSUMER, /report/);
  expect(job.parent).toBe(send.id);
  const isQuery = ({ kind, name }: Span): boolean => kind === CLIENT && name.startsWith('pg.query');
  expect(childrenOf(request).filter(isQuery).length).toBeGreaterThan(0);
  expect(childrenOf(job).filter(isQuery).length).toBeGreaterThan(3);

  // The other thread reads an upload, in the trace of its request.
  const uploaded = spans.find(({ name }) => name === 'POST /v1/imports/store_status')!;
  const queries = spans.filter((span) => span.trace === uploaded.trace && isQuery(span));
  expect(queries.length).toBeGreaterThan(3);
  // Background work has no trace of its own, and no span contains values.
  const roots = spans.filter(({ parent, kind }) => parent === '' && kind === CLIENT);
  expect(roots.map(({ name }) => name)).toEqual([]);
  expect(JSON.stringify(spans)).not.toMatch(/[^/]storewatch:.*@|password/);
});
