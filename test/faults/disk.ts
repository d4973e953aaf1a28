import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Counts, type Run, type World, stage } from './stage.js';
import { post } from './traffic.js';

const execute = promisify(execFile);

const SIZE = '24m';
/** Room for a report to begin, but not to finish. */
const LEFT_BYTES = 16_384;
const LOAD_MS = 2_000;
const FULL_MS = 4_000;
/** More rows than an import holds in memory. The rest goes to the spool, 16 bytes per row. */
const ROWS = 3_300_000;
const ROW = 'spool-0,active,2024-01-01 00:00:00 UTC\n';
const ROWS_PER_CHUNK = 10_000;

/** @throws Error if this user cannot mount a file system */
export function checkMayMount(): void {
  if (process.platform === 'linux' && process.getuid?.() === 0) return;
  throw new Error(
    'The disk stage mounts a small tmpfs, which only root on Linux can do. Run this as root, or choose other ' +
      'stages: --only migrations,kills,network,overload.',
  );
}

/** Puts storage and spool on a small disk, which fills up while reports are made and files imported. */
export const disk = (run: Run): Promise<Counts> =>
  stage(run, 'disk', { prepareHome: (home) => mount(run, home) }, async (world) => {
    await sleep(LOAD_MS);
    const ballast = join(world.home, 'ballast');
    await fill(ballast);
    run.say('disk: full');
    const [refused] = await Promise.all([importHuge(world), sleep(FULL_MS)]);
    await rm(ballast);
    return {
      'faults: full disk during reports and an import': 1,
      'imports beyond the disk that were not refused': refused ? 0 : 1,
    };
  });

async function fill(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (;;) await file.write(Buffer.alloc(LEFT_BYTES));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    const { size } = await file.stat();
    await file.truncate(Math.max(0, size - LEFT_BYTES));
  } finally {
    await file.close();
  }
}

async function mount({ scope }: Run, home: string): Promise<void> {
  await execute('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', home]);
  scope.defer(() => execute('umount', ['--lazy', home]));
}

/** @returns whether the server reported a full disk and stored nothing of the file */
async function importHuge({ fleet, cluster, database, ledger }: World): Promise<boolean> {
  const chunk = Buffer.from(ROW.repeat(ROWS_PER_CHUNK));
  const rows = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('store_id,status,timestamp_utc\n');
    for (let sent = 0; sent < ROWS; sent += ROWS_PER_CHUNK) yield chunk;
  };
  const answer = await post(`${fleet.apis()[0].httpUrl}/v1/imports/store_status`, rows(), {
    'content-type': 'text/csv',
  });
  if (typeof answer !== 'string' && answer.code !== 503) ledger.wrong(`import: ${answer.code} ${answer.text}`);
  const { rowCount } = await cluster.run(database, (client) =>
    client.query(`select from poll join store on store.id = store_id where external_id like 'spool-%'`),
  );
  return (typeof answer === 'string' || answer.code >= 400) && rowCount === 0;
}
