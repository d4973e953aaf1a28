import type { Timestamp } from '../generated/google/protobuf/timestamp.js';

/** Epoch ms of a protobuf timestamp, finer digits cut off; undefined when no calendar has that instant. */
export function fromProtoTimestamp({ seconds, nanos }: Timestamp): number | undefined {
  const ms = seconds * 1000 + Math.floor(nanos / 1_000_000);
  return Number.isNaN(new Date(ms).getTime()) ? undefined : ms;
}

export function toProtoTimestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * 1_000_000 };
}
