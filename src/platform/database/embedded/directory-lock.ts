import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, failure, ifExists } from './failure.js';

const POLL_MS = 25;
const PATIENCE_MS = 10 * 60_000;

/**
 * Does the work while holding the lock file at `path`, which at most one process of the machine holds. A lock whose
 * holder has died, or whose process id by now belongs to another process, is taken away from it.
 * @param signal ends the waiting for the lock, not the work
 */
export async function withLock<T>(path: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const release = await acquire(path, signal);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(path: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${startOf(process.pid)} ${randomUUID()}\n`;
  const draft = `${path}.${randomUUID()}`;
  const deadline = Date.now() + PATIENCE_MS;
  // link() fails if the lock exists and otherwise makes it appear with its content: nobody ever reads a half-written one
  await writeFile(draft, mine);
  try {
    for (;;) {
      try {
        await link(draft, path);
        return async () => rm(path, { force: true });
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
      const held = await ifExists(readFile(path, 'utf8'));
      if (held === undefined) continue;
      if (!isHeld(held)) {
        await takeAway(path, held);
      } else if (Date.now() > deadline) {
        throw failure(
          `Process ${held.split(' ')[0]} has been starting or stopping the database for ${PATIENCE_MS / 60_000} minutes ` +
            `(it holds ${path}). If it hangs, end it and try again.`,
        );
      } else {
        await sleep(POLL_MS, undefined, { signal });
      }
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes the lock that was read as `abandoned`, unless another process was faster: under a lock of its own, because
 * between the look and the removal nobody else may take the lock away and leave a new one in its place.
 */
async function takeAway(path: string, abandoned: string): Promise<void> {
  await withLock(`${path}.takeover`, async () => {
    if ((await ifExists(readFile(path, 'utf8'))) === abandoned) await rm(path);
  });
}

function isHeld(lock: string): boolean {
  const [pid, start] = lock.split(' ');
  return startOf(Number(pid)) === start;
}

/**
 * When a process started, in whatever unit; undefined if it does not run. In containers the same few process ids come
 * back at each start, so that the id alone would often take a new process for the holder of an old lock. Where the
 * system does not tell the time, any live process will do.
 */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      // proc_pid_stat(5): the second field, in parentheses, may contain anything; starttime is the 22nd
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' ? undefined : fields[18];
    }
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return errorCode(error) === 'EPERM' ? 'alive' : undefined;
  }
}
