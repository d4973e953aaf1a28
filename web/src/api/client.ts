import createClient from 'openapi-fetch';
import type { components, paths } from '../../../openapi.js';
import { readKey } from './key.js';

export type Schemas = components['schemas'];

/** What the server, or the way to it, said against a request. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    message: string,
    /** Of HTTP; 0: no answer came. */
    readonly status: number,
    readonly requestId?: string,
    /** The import that failed, where it was one. */
    readonly failedImport?: Schemas['ImportDto'],
  ) {
    super(message);
  }
}

const NEEDS_KEY = 'needs-key';
const needs = new EventTarget();

/** Tells when the server asks for a key, or for another one. @returns ends it */
export function onKeyNeeded(listener: () => void): () => void {
  needs.addEventListener(NEEDS_KEY, listener);
  return () => needs.removeEventListener(NEEDS_KEY, listener);
}

export const tellKeyNeeded = (): boolean => needs.dispatchEvent(new Event(NEEDS_KEY));

export const noAnswer = (): ApiError =>
  new ApiError('Storewatch does not answer. Is it running, and is the network there?', 0);

/** fetch with the key of the page, against the server that the page comes from. @throws ApiError when no answer came */
export async function fetchFromApi(input: Request | string, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const key = readKey();
  if (key !== undefined) request.headers.set('Authorization', `Bearer ${key}`);
  const response = await fetch(request).catch((error: unknown) => {
    if (request.signal.aborted) throw error;
    throw noAnswer();
  });
  if (response.status === 401) tellKeyNeeded();
  return response;
}

/** Where the API is: beside the page, whatever path a proxy has put both under. */
export const apiBase = new URL('.', document.baseURI).href.replace(/\/$/, '');

export const api = createClient<paths>({ baseUrl: apiBase, fetch: fetchFromApi });

/** The data of an answer. @throws ApiError with what the problem said (RFC 9457) */
export async function answered<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
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
  const message = detail ?? title ?? `The server answered ${status} without a reason.`;
  return new ApiError(message, status, requestId, failedImport);
}
