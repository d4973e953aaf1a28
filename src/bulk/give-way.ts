import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** A third of a processor's time beside one thread that has not given way; all of it beside none. */
const NICE = 5;

/**
 * Lets the kernel run other threads before this one, where it can: on Linux priorities are a thread's and not a process's
 * (sched(7)). Where threads are many and processors few, requests were answered 10 to 30 ms later without it.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    const [, thread] = /(\d+)$/.exec(readlinkSync('/proc/thread-self'))!;
    setPriority(Number(thread), NICE);
  } catch {
    // Forbidden, or without /proc: then it works as well, and requests wait longer.
  }
}
