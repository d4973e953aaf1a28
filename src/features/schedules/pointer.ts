import { json } from 'node:stream/consumers';
import { DomainError } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import type { Report } from '../reports/record/report.entity.js';
import type { Storage } from '../../platform/storage/storage.js';
import type { Artifact } from './schedule-runs.repository.js';
import type { ScheduleRun } from './schedule.entity.js';

/** Says where a run's file lies, and what it is byte for byte. */
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

/** The file that says which run is the newest at a destination. */
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

/** Of a run, where its file and its account lie. */
interface Place extends Pick<ScheduleRun, 'schedule'> {
  readonly artifactKey: string;
  readonly accountKey: string;
}

/**
 * Removes a run's file and account from a destination that is no longer its schedule's. If latest.json names the file there, it
 * is moved back first, to the run that is then the newest, or removed where there is none. Safe to repeat.
 * @param nextAccountKey of the run that is then the newest; null: there is none
 */
export async function leave(
  storage: Storage,
  { schedule, artifactKey, accountKey }: Place,
  nextAccountKey: string | null,
): Promise<void> {
  const account = await read(storage, accountKey);
  // of the schedule that has the destination now, in the same place
  if (account && account.schedule !== schedule) return;
  const latest = latestKey(artifactKey.split('/').slice(0, -2).join('/'));
  if ((await read(storage, latest))?.key === artifactKey) {
    const next = nextAccountKey === null ? undefined : await read(storage, nextAccountKey);
    if (next) await storage.put(latest, jsonText(next));
    else await storage.remove([latest]);
  }
  await storage.remove([artifactKey, accountKey]);
}

/** A pointer, or that in an account; undefined: the file is not there. */
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
