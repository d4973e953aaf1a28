import { inZone } from '../format/time.js';
import type { Share } from './cells.js';

/** `64 % up, 36 % silent`; parts that are not there are not told. */
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

/** `Tue 3 Nov, 14:00 UTC`: the hour from then on. */
export const hourInWords = (hourMs: number): string => `${inZone(hourMs)}, for an hour`;
