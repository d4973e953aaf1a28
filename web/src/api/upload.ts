import { apiBase, noAnswer, problemOf, tellKeyNeeded } from './client.js';
import { readKey } from './key.js';

/**
 * Posts a file, and tells how much of it is sent: fetch cannot.
 * @param path without a slash at the beginning
 * @param onSent is given bytes
 * @returns the JSON of the answer
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
    request.addEventListener('error', () => reject(noAnswer()));
    request.addEventListener('load', () => {
      const { status } = request;
      if (status === 401) tellKeyNeeded();
      const body = parsed(request.responseText);
      if (status >= 200 && status < 300) resolve(body as T);
      else reject(problemOf(body, status));
    });
    request.send(file);
  });
}

/** A proxy in between may answer in words of its own. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
