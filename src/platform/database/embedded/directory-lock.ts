import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, failure, ifExists } from './failure.js';

const POLL_MS = 25;
const TIMEOUT_MS = 10 * 60_000;

/**
 * Runs `work` while holding the lock file at `path`, which at most one process on this machine holds. A lock is taken
 * over if its holder has exited or its process id now belongs to another process.
 * @param signal aborts the wait for the lock, not the work
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
  const deadline = Date.now() + TIMEOUT_MS;
  // link() fails if the lock exists, and otherwise creates it with its full content. No process can read a partial
  // lock.
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
        await takeOver(path, held);
      } else if (Date.now() > deadline) {
        throw failure(
          `Process ${held.split(' ')[0]} has been starting or stopping the database for ${TIMEOUT_MS / 60_000} minutes ` +
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
 * Removes the lock whose content was `abandoned`, unless it has changed since. Runs under a second lock, so no other
 * process can replace the lock between the check and the removal.
 */
async function takeOver(path: string, abandoned: string): Promise<void> {
  await withLock(`${path}.takeover`, async () => {
    if ((await ifExists(readFile(path, 'utf8'))) === abandoned) await rm(path);
  });
}

function isHeld(lock: string): boolean {
  const [pid, start] = lock.split(' ');
  return startOf(Number(pid)) === start;
}

/**
 * When a process started, in an arbitrary unit; undefined if it is not running. Containers reuse the same few process
 * ids after each restart, so an id alone could match an unrelated process. Systems that do not report the start time
 * return "alive" for any running process.
 */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      // proc_pid_stat(5): the second field, in parentheses, can contain any character. starttime is field 22.
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
