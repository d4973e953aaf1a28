import { invalidArgument } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import type { Duration } from '../../generated/google/protobuf/duration.js';
import type { Timestamp } from '../../generated/google/protobuf/timestamp.js';

/** Epoch ms of a protobuf timestamp, truncated; undefined if a Date cannot represent it. */
export function fromProtoTimestamp({ seconds, nanos }: Timestamp): number | undefined {
  const ms = seconds * 1000 + Math.floor(nanos / 1_000_000);
  return Number.isNaN(new Date(ms).getTime()) ? undefined : ms;
}

export function toProtoTimestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * 1_000_000 };
}

/** The instant of an optional field in the notation of REST. Absent is null or undefined. */
export function instantText(field: string, timestamp: Timestamp | null | undefined): string | undefined {
  if (!timestamp) return undefined;
  const ms = fromProtoTimestamp(timestamp);
  if (ms === undefined)
    throw invalidArgument(field, `${field} must be a time from year 1 to 9999, got ${timestamp.seconds} s since 1970.`);
  return formatInstant(ms);
}

export function toProtoDuration(ms: number): Duration {
  const seconds = Math.trunc(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * 1_000_000 };
}

/** The notation of REST, such as `3600s`. Not validated here. */
export const durationText = (duration: Duration | null | undefined): string | undefined =>
  duration
    ? `${duration.seconds}${duration.nanos === 0 ? '' : `.${String(duration.nanos).padStart(9, '0')}`}s`
    : undefined;
