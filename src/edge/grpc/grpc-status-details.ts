import { status as GrpcStatus } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RetryInfo } from 'nice-grpc-error-details/lib/proto/google/rpc/error_details.js';
import { Status } from 'nice-grpc-error-details/lib/proto/google/rpc/status.js';
import type { DomainError } from '#libs/errors.js';
import { ERROR_TABLE } from '../errors/error-table.js';

/** The standard trailer for a google.rpc.Status, which gRPC clients in every language know. */
export const STATUS_DETAILS = 'grpc-status-details-bin';

/** Domain of google.rpc.ErrorInfo. */
export const ERROR_DOMAIN = 'storewatch';

/**
 * The encoded google.rpc.Status of an error: ErrorInfo (its code in upper case), BadRequest if fields are invalid, RetryInfo if the
 * same call may succeed later.
 */
export function statusDetails(error: DomainError): Buffer {
  const details = [
    packed(ErrorInfo, ErrorInfo.fromPartial({ reason: error.code.toUpperCase(), domain: ERROR_DOMAIN })),
  ];
  if (error.faults.length > 0) {
    const fieldViolations = error.faults.map(({ field, message }) => ({ field, description: message }));
    details.push(packed(BadRequest, BadRequest.fromPartial({ fieldViolations })));
  }
  if (error.retryAfterSeconds !== undefined) {
    const retryDelay = { seconds: error.retryAfterSeconds, nanos: 0 };
    details.push(packed(RetryInfo, RetryInfo.fromPartial({ retryDelay })));
  }
  const code = GrpcStatus[ERROR_TABLE[error.code].grpc];
  return Buffer.from(Status.encode(Status.fromPartial({ code, message: error.message, details })).finish());
}

interface MessageType<T> {
  readonly $type: string;
  encode(message: T): { finish(): Uint8Array };
}

/** A google.protobuf.Any. */
const packed = <T>(type: MessageType<T>, message: T): { typeUrl: string; value: Buffer } => ({
  typeUrl: `type.googleapis.com/${type.$type}`,
  value: Buffer.from(type.encode(message).finish()),
});
