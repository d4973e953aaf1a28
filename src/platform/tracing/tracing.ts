import { ROOT_CONTEXT, type ProxyTracerProvider, context, propagation, trace } from '@opentelemetry/api';

/** What goes along when work changes the thread: which trace it belongs to; nothing where there are no traces. */
export type TraceCarrier = Readonly<Record<string, string>>;

export function currentTrace(): TraceCarrier {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

export const inTrace = <T>(carrier: TraceCarrier, work: () => T): T =>
  context.with(propagation.extract(ROOT_CONTEXT, carrier), work);

/** Sends what has not been sent yet; nothing where there are no traces. A collector that is away is no error. */
export async function endTraces(): Promise<void> {
  const provider = (trace.getTracerProvider() as ProxyTracerProvider).getDelegate() as { shutdown?(): Promise<void> };
  await provider.shutdown?.().catch(() => {});
}
