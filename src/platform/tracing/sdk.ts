// OpenTelemetry's SDK and instrumentation. Loaded before the modules it instruments, and only if tracing is on.
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

/** Polled every few seconds, so tracing these would only be noise. */
const UNTRACED = /^\/(livez|readyz|metrics)\b/;
/** Semantic conventions: the route of a server span. The span is named after it too. */
const HTTP_ROUTE = 'http.route';

/** Starts sending traces, as configured by OTEL_EXPORTER_OTLP_*. Called once per thread. */
export function startTracing(): void {
  // Imported (ESM) modules are instrumented by a loader hook, which the bulk thread inherits.
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
      // The queue polls for jobs twice a second. Only queries within a trace are worth a span.
      new PgInstrumentation({ requireParentSpan: true }),
    ],
  });
}
