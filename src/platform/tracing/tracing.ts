import { ROOT_CONTEXT, type ProxyTracerProvider, context, propagation, trace } from '@opentelemetry/api';

/** The trace context passed along when work moves to another thread; empty if tracing is off. */
export type TraceCarrier = Readonly<Record<string, string>>;

export function currentTrace(): TraceCarrier {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

export const inTrace = <T>(carrier: TraceCarrier, work: () => T): T =>
  context.with(propagation.extract(ROOT_CONTEXT, carrier), work);

/** Flushes pending spans; does nothing if tracing is off. An unreachable collector is not an error. */
export async function endTraces(): Promise<void> {
  const provider = (trace.getTracerProvider() as ProxyTracerProvider).getDelegate() as { shutdown?(): Promise<void> };
  await provider.shutdown?.().catch(() => {});
}
