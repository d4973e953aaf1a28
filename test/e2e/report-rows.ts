import { createHash, randomUUID } from 'node:crypto';
import { Storage } from '../../src/platform/storage/storage.js';
import type { Storewatch } from './server.js';

/** Inserts a complete report with these bytes as its file. @returns its id */
export async function insertComplete(server: Storewatch, bytes: Buffer, format = 'csv'): Promise<string> {
  const id = randomUUID();
  const key = `reports/2026-10-05/${id}.${format}`;
  await server.app.get(Storage).put(key, [bytes]);
  await server.pool.query(
    `insert into report (id, status, as_of, basis, format, storage_key, size_bytes, sha256, created_at, finished_at)
     values ($1, 'Complete', '2026-10-05T10:00:00Z', 'all', $2, $3, $4, $5, '2026-10-05T10:00:01Z', '2026-10-05T10:00:02.5Z')`,
    [id, format, key, bytes.length, sha256(bytes)],
  );
  return id;
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Updates a report that has no job. */
export async function change(
  server: Storewatch,
  id: string,
  to: { status?: string; done?: number; total?: number; error?: string },
): Promise<void> {
  await server.pool.query(
    `update report set status = coalesce($2, status), stores_done = coalesce($3, stores_done),
       stores_total = coalesce($4, stores_total), error = coalesce($5, error) where id = $1`,
    [id, to.status, to.done, to.total, to.error],
  );
}
