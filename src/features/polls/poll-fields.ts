import { quoteValue } from '#libs/errors.js';
import { DAY_MS, MINUTE_MS, formatInstant } from '#libs/instant/instant.js';
import { beforeHorizonReason } from '../../platform/database/retention-horizon.js';

/** An unusable field and the reason: `{ field: 'status', reason: '"maybe" is neither active nor inactive' }`. */
export interface Problem {
  readonly field: string;
  readonly reason: string;
}

/** 2000-01-01. Anything earlier is a formatting mistake, and each such week would need a partition. */
const EARLIEST_POLL_MS = 10_957 * DAY_MS;

/** How far a poller's clock may be ahead of this one. */
const MAX_POLL_AHEAD_MS = 5 * MINUTE_MS;

/** Reads `active` or `inactive` in any case, with surrounding blanks; undefined for anything else. */
export function parseStatus(text: string): boolean | undefined {
  const status = text.trim().toLowerCase();
  return status === 'active' ? true : status === 'inactive' ? false : undefined;
}

export const statusReason = (value: unknown): string => `${quoteValue(value)} is neither active nor inactive`;

/**
 * Why a poll at this instant is rejected, or undefined.
 * @param horizonMs the retention horizon; -Infinity without one
 */
export function pollTimeProblem(polledAtMs: number, nowMs: number, horizonMs: number): string | undefined {
  if (polledAtMs < EARLIEST_POLL_MS) return `${formatInstant(polledAtMs)} is before ${formatInstant(EARLIEST_POLL_MS)}`;
  if (polledAtMs < horizonMs) return `${formatInstant(polledAtMs)} is ${beforeHorizonReason(horizonMs)}`;
  if (polledAtMs > nowMs + MAX_POLL_AHEAD_MS) {
    return `${formatInstant(polledAtMs)} lies in the future: it is ${formatInstant(nowMs)} here`;
  }
  return undefined;
}
