import { HttpStatus } from '@nestjs/common';
import type { status as GrpcStatus } from '@grpc/grpc-js';
import { DomainError, type ErrorCode } from '#libs/errors.js';
import { currentRequest, tookTooLong } from '../../platform/database/request-scope.js';
import { QUERY_CANCELED, isAway, sqlState } from '../../platform/database/sql.js';

interface Row {
  readonly http: number;
  /** By name, so that processes without gRPC need not load it. */
  readonly grpc: keyof typeof GrpcStatus;
  readonly title: string;
}

/** The only mapping of domain errors to HTTP and gRPC statuses. */
export const ERROR_TABLE: Readonly<Record<ErrorCode, Row>> = {
  invalid_argument: { http: HttpStatus.BAD_REQUEST, grpc: 'INVALID_ARGUMENT', title: 'Invalid request' },
  not_found: { http: HttpStatus.NOT_FOUND, grpc: 'NOT_FOUND', title: 'Not found' },
  gone: { http: HttpStatus.GONE, grpc: 'NOT_FOUND', title: 'Gone' },
  not_ready: { http: HttpStatus.CONFLICT, grpc: 'FAILED_PRECONDITION', title: 'Not ready' },
  conflict: { http: HttpStatus.CONFLICT, grpc: 'ALREADY_EXISTS', title: 'Conflict' },
  precondition_failed: {
    http: HttpStatus.PRECONDITION_FAILED,
    grpc: 'FAILED_PRECONDITION',
    title: 'Precondition failed',
  },
  out_of_range: {
    http: HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    grpc: 'OUT_OF_RANGE',
    title: 'Range not satisfiable',
  },
  unprocessable: { http: HttpStatus.UNPROCESSABLE_ENTITY, grpc: 'INVALID_ARGUMENT', title: 'Nothing can be used' },
  // 422 as in draft-ietf-httpapi-idempotency-key-header, section 2.7
  key_reused: { http: HttpStatus.UNPROCESSABLE_ENTITY, grpc: 'ALREADY_EXISTS', title: 'Key used before' },
  too_large: { http: HttpStatus.PAYLOAD_TOO_LARGE, grpc: 'INVALID_ARGUMENT', title: 'Too large' },
  unsupported: { http: HttpStatus.UNSUPPORTED_MEDIA_TYPE, grpc: 'UNIMPLEMENTED', title: 'Unsupported format' },
  method_not_allowed: {
    http: HttpStatus.METHOD_NOT_ALLOWED,
    grpc: 'UNIMPLEMENTED',
    title: 'Method not allowed',
  },
  resource_exhausted: {
    http: HttpStatus.TOO_MANY_REQUESTS,
    grpc: 'RESOURCE_EXHAUSTED',
    title: 'Too many requests',
  },
  deadline_exceeded: { http: HttpStatus.GATEWAY_TIMEOUT, grpc: 'DEADLINE_EXCEEDED', title: 'Took too long' },
  cancelled: { http: 499, grpc: 'CANCELLED', title: 'Cancelled' }, // nginx's code; no client receives it
  unauthenticated: { http: HttpStatus.UNAUTHORIZED, grpc: 'UNAUTHENTICATED', title: 'Unauthenticated' },
  permission_denied: { http: HttpStatus.FORBIDDEN, grpc: 'PERMISSION_DENIED', title: 'Permission denied' },
  unavailable: { http: HttpStatus.SERVICE_UNAVAILABLE, grpc: 'UNAVAILABLE', title: 'Unavailable' },
  internal: { http: HttpStatus.INTERNAL_SERVER_ERROR, grpc: 'INTERNAL', title: 'Internal error' },
};

const RETRY_AFTER_SECONDS = 5;

/** Converts any error to a DomainError. An unexpected one becomes `internal`, without its message. */
export function toDomainError(error: unknown): DomainError {
  const request = currentRequest();
  // Once a request is aborted, other errors only follow from its closed connection.
  if (request?.abort.signal.reason instanceof DomainError) return request.abort.signal.reason;
  if (error instanceof DomainError) return error;
  if (request && sqlState(error) === QUERY_CANCELED) return tookTooLong(request, error);
  if (isAway(error)) {
    return new DomainError('unavailable', 'The database does not answer. Try again in a moment.', {
      cause: error,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
  const fromHttp = httpError(error);
  if (fromHttp) return fromHttp;
  return new DomainError('internal', 'Internal error. The cause is in the server log.', { cause: error });
}

/** Errors of Nest (no such route) and of Express (a path that cannot be decoded) have an HTTP status. */
function httpError(error: unknown): DomainError | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const code = (Object.keys(ERROR_TABLE) as ErrorCode[]).find((key) => ERROR_TABLE[key].http === error.status);
  if (error.status >= 500) return undefined;
  return new DomainError(code ?? 'invalid_argument', `${error.message}.`, { cause: error });
}
