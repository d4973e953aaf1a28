import { parseDuration } from '#libs/instant/duration.js';
import { DAY_MS } from '#libs/instant/instant.js';
import { text } from './setting.js';

export const FOREVER = 'forever';

/** A retention period in ms; Infinity for `forever`. */
export const keepFor = text((given) => {
  const ms = given === FOREVER ? Infinity : parseDuration(given);
  return ms !== undefined && ms >= DAY_MS ? ms : undefined;
}, `must be ${FOREVER}, or 1d or more, such as 90d`);

/** A report of the last week needs this data, even if the latest poll is some days old. */
export const keepFactsFor = keepFor.refine((ms) => ms >= 14 * DAY_MS, 'must be 14d or more');

/** How many of the newest to keep; Infinity for `all`. */
export const keepNewest = text((given) => {
  const count = given === 'all' ? Infinity : /^\d{1,7}$/.test(given) ? Number(given) : NaN;
  return count >= 1 && (count <= 1_000_000 || count === Infinity) ? count : undefined;
}, 'must be `all` or from 1 to 1000000');
