import { type Schemas, answered, api } from '../api/client.js';
import { upload } from '../api/upload.js';
import type { ImportKind } from './file-kind.js';

export type Import = Schemas['ImportDto'];

/**
 * Sends a file, and waits until it is loaded.
 * @param onSent is given how much is sent, bytes
 * @throws ApiError with what is wrong with the file
 */
export const loadFile = (kind: ImportKind, file: Blob, onSent: (bytes: number) => void): Promise<Import> =>
  upload<Import>(`v1/imports/${kind}`, file, 'text/csv', onSent);

/** @returns CSV with the columns line, reason and raw_row */
export function rejectsOf(importId: string, signal?: AbortSignal): Promise<string> {
  const params = { path: { import_id: importId } };
  return answered(api.GET('/v1/imports/{import_id}/rejects', { params, parseAs: 'text', ...(signal && { signal }) }));
}
