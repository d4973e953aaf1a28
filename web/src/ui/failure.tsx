import type { ComponentChildren } from 'preact';
import { ApiError } from '../api/client.js';

/** What went wrong, in words; nothing where nothing did. */
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
