import { json } from 'node:stream/consumers';
import { DomainError } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import type { Report } from '../reports/record/report.entity.js';
import type { Storage } from '../../platform/storage/storage.js';
import type { Artifact } from './schedule-runs.repository.js';
import type { ScheduleRun } from './schedule.entity.js';

/** Locates a run's file, with its size and checksum. */
export interface Pointer {
  readonly schedule: string;
  readonly run_id: string;
  readonly due_at: string;
  readonly report_id: string;
  readonly key: string;
  readonly account_key: string;
  readonly size_bytes: number;
  readonly sha256: string;
}

/** The file that names the newest run at a destination. */
export const latestKey = (destination: string): string => `${destination}/latest.json`;

export const pointerTo = (run: ScheduleRun, report: Report, artifact: Artifact): Pointer => ({
  schedule: run.schedule,
  run_id: run.runId,
  due_at: formatInstant(run.dueAt.getTime()),
  report_id: report.id,
  key: artifact.artifactKey,
  account_key: artifact.accountKey,
  size_bytes: artifact.sizeBytes,
  sha256: artifact.sha256,
});

export const jsonText = (value: object): string[] => [`${JSON.stringify(value, null, 2)}\n`];

/** The keys of a run's report file and metadata file. */
interface RunFiles extends Pick<ScheduleRun, 'schedule'> {
  readonly artifactKey: string;
  readonly accountKey: string;
}

/**
 * Deletes a run's report file and metadata file from a destination that its schedule no longer uses. If latest.json
 * names the file there, it is first changed to the newest remaining run, or deleted if there is none. Safe to repeat.
 * @param nextAccountKey the metadata file of the newest remaining run; null: none
 */
export async function removeFromOldDestination(
  storage: Storage,
  { schedule, artifactKey, accountKey }: RunFiles,
  nextAccountKey: string | null,
): Promise<void> {
  const account = await read(storage, accountKey);
  // the destination now belongs to another schedule, which has written to the same key
  if (account && account.schedule !== schedule) return;
  const latest = latestKey(artifactKey.split('/').slice(0, -2).join('/'));
  if ((await read(storage, latest))?.key === artifactKey) {
    const next = nextAccountKey === null ? undefined : await read(storage, nextAccountKey);
    if (next) await storage.put(latest, jsonText(next));
    else await storage.remove([latest]);
  }
  await storage.remove([artifactKey, accountKey]);
}

/** Reads a pointer, or the pointer fields of a metadata file; undefined: the file does not exist. */
async function read(storage: Storage, key: string): Promise<Pointer | undefined> {
  try {
    const found = (await json(await storage.get(key))) as Pointer;
    const { schedule, run_id, due_at, report_id, key: at, account_key, size_bytes, sha256 } = found;
    return { schedule, run_id, due_at, report_id, key: at, account_key, size_bytes, sha256 };
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return undefined;
    throw error;
  }
}
