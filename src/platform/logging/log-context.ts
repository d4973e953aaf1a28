import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** On whose behalf something is done. Named as in log lines, each of which says it. */
export interface LogContext {
  readonly request_id?: string | undefined;
  readonly job_id?: string | undefined;
  readonly report_id?: string | undefined;
}

const NOBODY: LogContext = {};
const contexts = new AsyncLocalStorage<LogContext>();

/** Whatever `work` does, and begins, is on behalf of these, and of whom it was before. */
export const withLogContext = <T>(context: LogContext, work: () => T): T =>
  contexts.run({ ...contexts.getStore(), ...context }, work);

export const currentLogContext = (): LogContext => contexts.getStore() ?? NOBODY;

/** Short, and safe in headers, log lines and shells. */
const REQUEST_ID = /^[\w.:@/+=-]{1,128}$/;
/** W3C Trace Context, 3.2.2: version, trace-id, parent-id and flags; all zeros is no trace-id. */
const TRACEPARENT = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/;

/** @returns the client's X-Request-Id if it may be used, else the trace-id of its traceparent, else a new one */
export function requestIdOf(given: unknown, traceparent: unknown): string {
  if (typeof given === 'string' && REQUEST_ID.test(given)) return given;
  const [, traceId] = (typeof traceparent === 'string' && TRACEPARENT.exec(traceparent)) || [];
  return traceId ?? randomUUID();
}
