import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Awaits `work` for at most `ms` milliseconds. After that, the result of `late` is the outcome and `work` keeps running
 * in the background.
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => T | Promise<T>): Promise<T> {
  const waited = new AbortController();
  const tooLong = sleep(ms, undefined, { signal: waited.signal }).then(late);
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    waited.abort();
  }
}
