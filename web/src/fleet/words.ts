import type { Share } from './cells.js';

/** `64 % up, 36 % silent of its open time`; parts that are not there are not told. */
export function shareInWords(share: Share | undefined): string {
  if (!share) return 'closed';
  const parts = [
    [share.up, 'up'],
    [share.down, 'down'],
    [share.silent, 'silent'],
  ] as const;
  const told = parts.filter(([percent]) => percent > 0).map(([percent, name]) => `${percent} % ${name}`);
  return `${told.join(', ')} of its open time`;
}
