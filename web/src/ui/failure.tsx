import type { ComponentChildren } from 'preact';
import { ApiError } from '../api/client.js';

/** The message of an error, and the request id. Renders nothing without an error. */
export function Failure({ error, children }: { error?: Error | undefined; children?: ComponentChildren }) {
  if (!error) return null;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <div class="failure" role="alert">
      <p>{error.message}</p>
      {requestId && <p class="quiet">Request {requestId}</p>}
      {children}
    </div>
  );
}
