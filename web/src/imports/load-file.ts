import { type Schemas, answered, api } from '../api/client.js';
import type { ImportKind } from './file-kind.js';
import { type Reject, readRejects } from './rejects-csv.js';

export type Import = Schemas['ImportDto'];

/** Sends a file, and waits until it is loaded. @throws ApiError with what is wrong with the file */
export function loadFile(kind: ImportKind, file: Blob): Promise<Import> {
  const headers = { 'Content-Type': 'text/csv' };
  // The document says that the body is text; a file need not be read into memory for that.
  const bodySerializer = (): Blob => file;
  return answered(api.POST(`/v1/imports/${kind}`, { body: '', bodySerializer, headers }));
}

export async function rejectsOf(importId: string, signal?: AbortSignal): Promise<Reject[]> {
  const params = { path: { import_id: importId } };
  const csv = await answered(
    api.GET('/v1/imports/{import_id}/rejects', { params, parseAs: 'text', ...(signal && { signal }) }),
  );
  return readRejects(csv);
}
