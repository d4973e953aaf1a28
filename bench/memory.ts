import { readFileSync } from 'node:fs';

/** Peak resident memory of this process in MB. Linux's VmHWM: getrusage would count what the parent had at the fork. */
export function peakMemoryMb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
