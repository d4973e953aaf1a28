import { type Schemas, unwrap, api } from '../api/client.js';
import { upload } from '../api/upload.js';
import type { ImportKind } from './file-kind.js';

export type Import = Schemas['ImportDto'];

/**
 * Uploads a file and waits for the result of the import.
 * @param onSent called with the number of bytes sent
 * @throws ApiError if the import fails
 */
export const loadFile = (kind: ImportKind, file: Blob, onSent: (bytes: number) => void): Promise<Import> =>
  upload<Import>(`v1/imports/${kind}`, file, 'text/csv', onSent);

/** @returns the rejected rows as CSV with the columns line, reason and raw_row */
export function rejectsOf(importId: string, signal?: AbortSignal): Promise<string> {
  const params = { path: { import_id: importId } };
  return unwrap(api.GET('/v1/imports/{import_id}/rejects', { params, parseAs: 'text', ...(signal && { signal }) }));
}
