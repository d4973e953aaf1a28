import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for some work, for so many milliseconds at most: what `late` returns or throws is the outcome then, and the work goes on alone. */
export async function within<T>(ms: number, work: Promise<T>, late: () => T | Promise<T>): Promise<T> {
  const waited = new AbortController();
  const tooLong = sleep(ms, undefined, { signal: waited.signal }).then(late);
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    waited.abort();
  }
}
