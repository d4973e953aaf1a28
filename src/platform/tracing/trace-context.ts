import {
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  isSpanContextValid,
  trace,
} from '@opentelemetry/api';

const TRACEPARENT = 'traceparent';
const FORM = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/;

/**
 * W3C Trace Context: the trace that a request, a job or a message to the other thread belongs to. `tracestate` is not
 * passed on.
 */
export class TraceContext implements TextMapPropagator {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(context);
    if (!span || !isSpanContextValid(span)) return;
    const flags = span.traceFlags.toString(16).padStart(2, '0');
    setter.set(carrier, TRACEPARENT, `00-${span.traceId}-${span.spanId}-${flags}`);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const value = getter.get(carrier, TRACEPARENT);
    // 3.2.2.1: version ff is forbidden. Later versions may append fields.
    const [, version, traceId, spanId, flags] = FORM.exec(Array.isArray(value) ? value[0] : (value ?? '')) ?? [];
    if (version === undefined || version === 'ff') return context;
    const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
    return isSpanContextValid(span) ? trace.setSpanContext(context, span) : context;
  }

  fields(): string[] {
    return [TRACEPARENT];
  }
}
