import { FileStorage } from './file-storage.js';
import type { StoragePlace } from './storage-url.js';
import type { Storage } from './storage.js';

/** The storage for that URL. It need not be reachable yet. */
export async function openStorage(place: StoragePlace): Promise<Storage> {
  if (place.kind === 'file') return new FileStorage(place.folder);
  // Loaded on demand: the AWS SDK costs startup time and memory.
  const { S3Storage } = await import('./s3-storage.js');
  return S3Storage.open(place);
}
