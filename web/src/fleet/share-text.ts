import type { Share } from './cells.js';

/** `64% up, 36% no recent data`: shares of the open time, without the zero ones. */
export function shareText(share: Share | undefined): string {
  if (!share) return 'closed';
  const parts = [
    [share.up, 'up'],
    [share.down, 'down'],
    [share.silent, 'no recent data'],
  ] as const;
  const shares = parts.filter(([percent]) => percent > 0).map(([percent, name]) => `${percent}% ${name}`);
  return shares.join(', ');
}
