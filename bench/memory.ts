import { readFileSync } from 'node:fs';

/**
 * Peak resident memory of this process in MB. On Linux from VmHWM, because getrusage includes the parent's memory at
 * fork.
 */
export function peakMemoryMb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
