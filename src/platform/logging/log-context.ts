import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** On whose behalf something is done. Named as in log lines, each of which says it. */
export interface Trail {
  readonly request_id?: string | undefined;
  readonly job_id?: string | undefined;
  readonly report_id?: string | undefined;
}

const NOBODY: Trail = {};
const trails = new AsyncLocalStorage<Trail>();

/** Whatever `work` does, and begins, is on behalf of these, and of whom it was before. */
export const follow = <T>(trail: Trail, work: () => T): T => trails.run({ ...trails.getStore(), ...trail }, work);

export const currentTrail = (): Trail => trails.getStore() ?? NOBODY;

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
