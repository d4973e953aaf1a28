import { quoteValue } from '#libs/errors.js';
import { DAY_MS, MINUTE_MS, formatInstant } from '#libs/instant/instant.js';
import { beforeHorizonReason } from '../../platform/database/retention-horizon.js';

/** A field that cannot be used, and why: `{ field: 'status', reason: '"maybe" is neither active nor inactive' }`. */
export interface Problem {
  readonly field: string;
  readonly reason: string;
}

/** 2000-01-01: anything earlier is an accident of formatting, and would cost a partition a week. */
const EARLIEST_POLL_MS = 10_957 * DAY_MS;

/** How far ahead of ours a poller's clock may be. */
const MAX_POLL_AHEAD_MS = 5 * MINUTE_MS;

/** `active` or `inactive`, any case, blanks around ignored; undefined for anything else. */
export function parseStatus(text: string): boolean | undefined {
  const status = text.trim().toLowerCase();
  return status === 'active' ? true : status === 'inactive' ? false : undefined;
}

export const statusReason = (value: unknown): string => `${quoteValue(value)} is neither active nor inactive`;

/**
 * Why a poll of that instant is not taken, or undefined.
 * @param horizonMs those before are no longer kept; -Infinity: all are
 */
export function pollTimeProblem(polledAtMs: number, nowMs: number, horizonMs: number): string | undefined {
  if (polledAtMs < EARLIEST_POLL_MS) return `${formatInstant(polledAtMs)} is before ${formatInstant(EARLIEST_POLL_MS)}`;
  if (polledAtMs < horizonMs) return `${formatInstant(polledAtMs)} is ${beforeHorizonReason(horizonMs)}`;
  if (polledAtMs > nowMs + MAX_POLL_AHEAD_MS) {
    return `${formatInstant(polledAtMs)} lies in the future: it is ${formatInstant(nowMs)} here`;
  }
  return undefined;
}
