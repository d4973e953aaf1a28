import createClient from 'openapi-fetch';
import type { components, paths } from '../../../openapi.js';
import { readKey } from './key.js';

export type Schemas = components['schemas'];

/** A failed request: the server rejected it or did not respond. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    message: string,
    /** HTTP status; 0 without a response. */
    readonly status: number,
    readonly requestId?: string,
    /** The failed import, if the request was an upload. */
    readonly failedImport?: Schemas['ImportDto'],
  ) {
    super(message);
  }
}

const NEEDS_KEY = 'needs-key';
const needs = new EventTarget();

/** Calls the listener when the server returns 401. @returns a function that removes the listener */
export function onKeyNeeded(listener: () => void): () => void {
  needs.addEventListener(NEEDS_KEY, listener);
  return () => needs.removeEventListener(NEEDS_KEY, listener);
}

export const notifyKeyNeeded = (): boolean => needs.dispatchEvent(new Event(NEEDS_KEY));

export const unreachableError = (): ApiError =>
  new ApiError('The server does not respond. Check that it is running and that this device is online.', 0);

/** Calls fetch with the stored API key. @throws ApiError without a response */
export async function fetchFromApi(input: Request | string, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const key = readKey();
  if (key !== undefined) request.headers.set('Authorization', `Bearer ${key}`);
  const response = await fetch(request).catch((error: unknown) => {
    if (request.signal.aborted) throw error;
    throw unreachableError();
  });
  if (response.status === 401) notifyKeyNeeded();
  return response;
}

/** Base URL of the API, relative to the page: a proxy may serve both below a path. */
export const apiBase = new URL('.', document.baseURI).href.replace(/\/$/, '');

export const api = createClient<paths>({ baseUrl: apiBase, fetch: fetchFromApi });

/** The data of a successful response. @throws ApiError with the detail of the problem document (RFC 9457) */
export async function unwrap<T>(request: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await request;
  if (response.ok) return data as T;
  throw problemOf(error, response.status);
}

export function problemOf(body: unknown, status: number): ApiError {
  const {
    detail,
    title,
    request_id: requestId,
    import: failedImport,
  } = (body ?? {}) as Partial<Schemas['ProblemDto'] & { import: Schemas['ImportDto'] }>;
  const message = detail ?? title ?? `The server returned HTTP ${status} with no error details.`;
  return new ApiError(message, status, requestId, failedImport);
}
