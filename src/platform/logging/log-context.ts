import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** What a piece of work belongs to. The names are the fields of the log lines. */
export interface LogContext {
  readonly request_id?: string | undefined;
  readonly job_id?: string | undefined;
  readonly report_id?: string | undefined;
}

const NO_CONTEXT: LogContext = {};
const contexts = new AsyncLocalStorage<LogContext>();

/** Runs `work`, and everything that it starts, with these fields added to the current log context. */
export const withLogContext = <T>(context: LogContext, work: () => T): T =>
  contexts.run({ ...contexts.getStore(), ...context }, work);

export const currentLogContext = (): LogContext => contexts.getStore() ?? NO_CONTEXT;

/** Short, and safe in headers, log lines and shells. */
const REQUEST_ID = /^[\w.:@/+=-]{1,128}$/;
/** W3C Trace Context, 3.2.2: version, trace-id, parent-id and flags. An all-zero trace-id is invalid. */
const TRACEPARENT = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/;

/** @returns the client's X-Request-Id if valid, otherwise the trace-id of its traceparent, otherwise a new id */
export function requestIdOf(given?: unknown, traceparent?: unknown): string {
  if (typeof given === 'string' && REQUEST_ID.test(given)) return given;
  const [, traceId] = (typeof traceparent === 'string' && TRACEPARENT.exec(traceparent)) || [];
  return traceId ?? randomUUID();
}
