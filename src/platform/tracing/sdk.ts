// OpenTelemetry's SDK and the modules that it watches: loaded before these, and only where traces are wanted.
import type { IncomingMessage } from 'node:http';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { TraceContext } from './trace-context.js';

/** Asked every few seconds; nobody wants to see them. */
const UNTRACED = /^\/(livez|readyz|metrics)\b/;
/** Semantic conventions: the route of a server's span, with which it is named as well. */
const HTTP_ROUTE = 'http.route';

/** Begins to send traces, as the environment's OTEL_EXPORTER_OTLP_* say. Once in each thread. */
export function startTracing(): void {
  // Modules that are imported, rather than required, are seen by a hook; the bulk thread inherits it.
  if (isMainThread) register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': 'storewatch' }))
    .merge(detectResources({ detectors: [envDetector] }));
  const spanProcessors = [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })];
  const tracerProvider = new TracerProvider({ resource, spanProcessors });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new TraceContext());
  trace.setGlobalTracerProvider(tracerProvider);
  registerInstrumentations({
    tracerProvider,
    instrumentations: [
      new HttpInstrumentation({
        ignoreIncomingRequestHook: ({ url = '' }) => UNTRACED.test(url),
        requireParentforOutgoingSpans: true,
        applyCustomAttributesOnSpan: (span, request) => {
          const { method, route } = request as IncomingMessage & { route?: { path?: unknown } };
          if (typeof route?.path !== 'string') return;
          span.setAttribute(HTTP_ROUTE, route.path);
          span.updateName(`${method} ${route.path}`);
        },
      }),
      new GrpcInstrumentation(),
      // The queue looks for jobs twice a second: only queries on behalf of something are worth a span.
      new PgInstrumentation({ requireParentSpan: true }),
    ],
  });
}
