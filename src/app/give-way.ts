import { readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** A third of a processor's time beside one thread that has not given way; all of it beside none. */
const NICE = 5;

/**
 * Lets the kernel run other threads before this one, where it can: on Linux priorities are a thread's and not a process's
 * (sched(7)). On two processors, under load, the event
 * loop of requests was 22 ms late at the 99th percentile without it, and 10 to 17 ms with it (docs/performance.md).
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    const [, thread] = /(\d+)$/.exec(readlinkSync('/proc/thread-self'))!;
    // Added to that of the process: one that runs under nice itself would be overtaken by its bulk thread otherwise.
    const nice = getPriority(Number(thread)) + NICE;
    setPriority(Number(thread), Math.min(nice, constants.priority.PRIORITY_LOW));
  } catch {
    // Forbidden, or without /proc: then it works as well, and requests wait longer.
  }
}
