import { expect } from '@jest/globals';
import { createHash } from 'node:crypto';
import { type ImportBody, type FileKind, load, problemOf, send, sendFile } from './rest.js';
import type { Storewatch } from './server.js';

export const HEADER: Record<FileKind, string> = {
  store_status: 'store_id,status,timestamp_utc\n',
  business_hours: 'store_id,dayOfWeek,start_time_local,end_time_local\n',
  store_timezones: 'store_id,timezone_str\n',
  special_hours: 'store_id,date,start_time_local,end_time_local\n',
  store_life: 'store_id,opened_on,closed_on\n',
  stores: 'store_id,name,region,brand\n',
};
let polls = 0;

/** A unique row of store_status.csv. */
export function good(id: string): string {
  return `${id},active,${new Date(Date.UTC(2023, 0, 22) + polls++ * 1000).toISOString()}\n`;
}

/** Random bytes without the excluded ones; the same on every run. */
export function garbage(length: number, leftOut: readonly number[] = []): Buffer<ArrayBuffer> {
  const bytes: number[] = [];
  for (let i = 0; bytes.length < length; i++) {
    bytes.push(
      ...createHash('sha256')
        .update(`${i}`)
        .digest()
        .filter((byte) => !leftOut.includes(byte)),
    );
  }
  return Buffer.from(bytes.slice(0, length));
}

export const counts = ({ read, accepted, duplicate, rejected }: ImportBody): object => ({
  read,
  accepted,
  duplicate,
  rejected,
});

/** The import that stopped before the end of its file, and why. */
export async function failedImport(
  server: Storewatch,
  kind: FileKind,
  body: string | Buffer<ArrayBuffer>,
): Promise<{ error: string; record: ImportBody }> {
  const answer = await sendFile(server, kind, body);
  expect(answer.status).toBe(400);
  const { detail, import: record } = problemOf(answer);
  if (!record) throw new Error(`${answer.text} has no import_id`);
  expect(record).toMatchObject({ status: 'Failed', error: detail });
  expect(record.read).toBe(record.accepted + record.duplicate + record.rejected);
  expect(Math.min(record.accepted, record.duplicate, record.rejected)).toBeGreaterThanOrEqual(0);
  expect((await send(server, `/v1/imports/${record.import_id}`)).json()).toEqual(record);
  return { error: detail, record };
}

/** Checks that the server still accepts the next file. */
export async function expectNextFileAccepted(server: Storewatch): Promise<void> {
  expect(await send(server, '/readyz')).toMatchObject({ status: 200 });
  expect(await load(server, 'store_status', HEADER.store_status + good('afterwards'))).toMatchObject({ accepted: 1 });
}
