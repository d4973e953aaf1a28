import { FileStorage } from './file-storage.js';
import type { StoragePlace } from './storage-url.js';
import type { Storage } from './storage.js';

/** The storage at that place; it need not answer yet. */
export async function openStorage(place: StoragePlace): Promise<Storage> {
  if (place.kind === 'file') return new FileStorage(place.folder);
  // with the AWS SDK, which only those pay for in time and memory who use it
  const { S3Storage } = await import('./s3-storage.js');
  return S3Storage.open(place);
}
