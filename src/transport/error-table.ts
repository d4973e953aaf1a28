import { HttpStatus } from '@nestjs/common';
import { status as GrpcStatus } from '@grpc/grpc-js';
import { DomainError, type ErrorCode } from '#libs/errors.js';
import { currentRequest, tookTooLong } from '../database/requests.js';
import { QUERY_CANCELED, isAway, sqlState } from '../database/sql.js';

interface Row {
  readonly http: number;
  readonly grpc: GrpcStatus;
  readonly title: string;
}

/** The one place where a domain error becomes a status. */
export const ERROR_TABLE: Readonly<Record<ErrorCode, Row>> = {
  invalid_argument: { http: HttpStatus.BAD_REQUEST, grpc: GrpcStatus.INVALID_ARGUMENT, title: 'Invalid request' },
  not_found: { http: HttpStatus.NOT_FOUND, grpc: GrpcStatus.NOT_FOUND, title: 'Not found' },
  gone: { http: HttpStatus.GONE, grpc: GrpcStatus.NOT_FOUND, title: 'Gone' },
  not_ready: { http: HttpStatus.CONFLICT, grpc: GrpcStatus.FAILED_PRECONDITION, title: 'Not ready' },
  conflict: { http: HttpStatus.CONFLICT, grpc: GrpcStatus.ALREADY_EXISTS, title: 'Conflict' },
  precondition_failed: {
    http: HttpStatus.PRECONDITION_FAILED,
    grpc: GrpcStatus.FAILED_PRECONDITION,
    title: 'Precondition failed',
  },
  out_of_range: {
    http: HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    grpc: GrpcStatus.OUT_OF_RANGE,
    title: 'Range not satisfiable',
  },
  // 422 as in draft-ietf-httpapi-idempotency-key-header, section 2.7
  key_reused: { http: HttpStatus.UNPROCESSABLE_ENTITY, grpc: GrpcStatus.ALREADY_EXISTS, title: 'Key used before' },
  too_large: { http: HttpStatus.PAYLOAD_TOO_LARGE, grpc: GrpcStatus.INVALID_ARGUMENT, title: 'Too large' },
  unsupported: { http: HttpStatus.UNSUPPORTED_MEDIA_TYPE, grpc: GrpcStatus.UNIMPLEMENTED, title: 'Unsupported format' },
  resource_exhausted: {
    http: HttpStatus.TOO_MANY_REQUESTS,
    grpc: GrpcStatus.RESOURCE_EXHAUSTED,
    title: 'Too many requests',
  },
  deadline_exceeded: { http: HttpStatus.GATEWAY_TIMEOUT, grpc: GrpcStatus.DEADLINE_EXCEEDED, title: 'Took too long' },
  cancelled: { http: 499, grpc: GrpcStatus.CANCELLED, title: 'Cancelled' }, // nginx's code; nobody is there to read it
  unauthenticated: { http: HttpStatus.UNAUTHORIZED, grpc: GrpcStatus.UNAUTHENTICATED, title: 'Unauthenticated' },
  permission_denied: { http: HttpStatus.FORBIDDEN, grpc: GrpcStatus.PERMISSION_DENIED, title: 'Permission denied' },
  unavailable: { http: HttpStatus.SERVICE_UNAVAILABLE, grpc: GrpcStatus.UNAVAILABLE, title: 'Unavailable' },
  internal: { http: HttpStatus.INTERNAL_SERVER_ERROR, grpc: GrpcStatus.INTERNAL, title: 'Internal error' },
};

const RETRY_AFTER_SECONDS = 5;

/** Any error in the domain's words. What nobody foresaw is `internal`, and its message stays inside. */
export function toDomainError(error: unknown): DomainError {
  const request = currentRequest();
  // Of a request that is over, the error is only what became of its connection.
  if (request?.over.signal.reason instanceof DomainError) return request.over.signal.reason;
  if (error instanceof DomainError) return error;
  if (request && sqlState(error) === QUERY_CANCELED) return tookTooLong(request, error);
  if (isAway(error)) {
    return new DomainError('unavailable', 'The database does not answer. Try again in a moment.', undefined, {
      cause: error,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
  const fromHttp = httpError(error);
  if (fromHttp) return fromHttp;
  return new DomainError('internal', 'Something went wrong inside Storewatch; its log says what.', undefined, {
    cause: error,
  });
}

/** Errors of Nest (no such route) and of Express's body parser (broken JSON, body too large), which name an HTTP status. */
function httpError(error: unknown): DomainError | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const code = (Object.keys(ERROR_TABLE) as ErrorCode[]).find((key) => ERROR_TABLE[key].http === error.status);
  if (error.status >= 500) return undefined;
  if (error.cause instanceof Error && 'limit' in error.cause) {
    return new DomainError(
      'too_large',
      `The body holds more than the ${String(error.cause.limit)} bytes of MAX_BODY_BYTES.`,
    );
  }
  return new DomainError(code ?? 'invalid_argument', `${error.message}.`, undefined, { cause: error });
}
