import { apiBase, unreachableError, problemOf, notifyKeyNeeded } from './client.js';
import { readKey } from './key.js';

/**
 * Posts a file and reports upload progress, which fetch cannot.
 * @param path without a leading slash
 * @param onSent called with the number of bytes sent
 * @returns the parsed JSON response
 * @throws ApiError
 */
export function upload<T>(path: string, file: Blob, type: string, onSent: (bytes: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${apiBase}/${path}`);
    request.setRequestHeader('Content-Type', type);
    const key = readKey();
    if (key !== undefined) request.setRequestHeader('Authorization', `Bearer ${key}`);
    request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded));
    request.addEventListener('error', () => reject(unreachableError()));
    request.addEventListener('load', () => {
      const { status } = request;
      if (status === 401) notifyKeyNeeded();
      const body = parseJson(request.responseText);
      if (status >= 200 && status < 300) resolve(body as T);
      else reject(problemOf(body, status));
    });
    request.send(file);
  });
}

/** Undefined if a proxy responds with something other than JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
