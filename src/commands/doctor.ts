import { mkdir, statfs } from 'node:fs/promises';
import { counted } from '#libs/listed.js';
import { locateDatabase } from '../app/process-context.js';
import { Settings } from '../platform/config/settings.js';
import { Database } from '../platform/database/database.js';
import { hasCitus } from '../platform/database/distribution.js';
import { CITUS_CHECKS } from '../platform/database/doctor/citus-checks.js';
import { type Finding, ok, problem, warning } from '../platform/database/doctor/finding.js';
import { POSTGRES_CHECKS, runChecks } from '../platform/database/doctor/postgres-checks.js';
import { openOrm } from '../platform/database/orm.js';
import { openStorage } from '../platform/storage/open-storage.js';

const GB = 1024 ** 3;
const MIN_FREE_SHARE = 0.1;
const MIN_FREE_BYTES = GB;
/** A check holds one connection at a time. */
const POOL_SIZE = 2;

/** `storewatch doctor`: looks at the database and the storage, says what is wrong or will be, and changes nothing. */
export async function doctor(): Promise<void> {
  const settings = Settings.from(process.env);
  const findings = [...(await inDatabase(settings)), await freeSpace(settings.home), await storage(settings)];
  const width = Math.max(...findings.map(({ check }) => check.length));
  for (const { state, check, message } of findings) {
    process.stdout.write(`${state.padEnd('warning'.length)}  ${check.padEnd(width)}  ${message}\n`);
  }
  const count = (state: Finding['state']): number => findings.filter((finding) => finding.state === state).length;
  process.stdout.write(`${counted(count('problem'), 'problem')}, ${counted(count('warning'), 'warning')}\n`);
  if (count('problem') > 0) process.exitCode = 1;
}

async function inDatabase(settings: Settings): Promise<Finding[]> {
  const { url, release } = await locateDatabase(settings);
  try {
    const orm = await openOrm(url, POOL_SIZE);
    try {
      const { pool } = await Database.over(orm, url);
      const checks = [...POSTGRES_CHECKS, ...((await hasCitus(pool)) ? CITUS_CHECKS : [])];
      return await runChecks(pool, checks);
    } finally {
      await orm.close(true);
    }
  } finally {
    await release();
  }
}

/** The disk under STOREWATCH_HOME. PostgreSQL does not tell how much is free under its own data. */
async function freeSpace(folder: string): Promise<Finding> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { bavail, blocks, bsize } = await statfs(folder);
  const [free, share] = [bavail * bsize, bavail / blocks];
  const text = `${(free / GB).toFixed(1)} GB (${Math.round(100 * share)}%) are free under ${folder}`;
  return free < MIN_FREE_BYTES || share < MIN_FREE_SHARE ? warning('disk', text) : ok('disk', text);
}

async function storage(settings: Settings): Promise<Finding> {
  try {
    await (await openStorage(settings.storage)).check();
    return ok('storage', 'report files can be written');
  } catch (error) {
    return problem('storage', error instanceof Error ? error.message : String(error));
  }
}
