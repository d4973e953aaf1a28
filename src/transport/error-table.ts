import { HttpStatus } from '@nestjs/common';
import { status as GrpcStatus } from '@grpc/grpc-js';
import { DomainError, type ErrorCode } from '#libs/errors.js';
import { errorCode } from '../database/sql.js';

interface Row {
  readonly http: number;
  readonly grpc: GrpcStatus;
  readonly title: string;
}

/** The one place where a domain error becomes a status. */
export const ERROR_TABLE: Readonly<Record<ErrorCode, Row>> = {
  invalid_argument: { http: HttpStatus.BAD_REQUEST, grpc: GrpcStatus.INVALID_ARGUMENT, title: 'Invalid request' },
  not_found: { http: HttpStatus.NOT_FOUND, grpc: GrpcStatus.NOT_FOUND, title: 'Not found' },
  not_ready: { http: HttpStatus.CONFLICT, grpc: GrpcStatus.FAILED_PRECONDITION, title: 'Not ready' },
  conflict: { http: HttpStatus.CONFLICT, grpc: GrpcStatus.ALREADY_EXISTS, title: 'Conflict' },
  too_large: { http: HttpStatus.PAYLOAD_TOO_LARGE, grpc: GrpcStatus.INVALID_ARGUMENT, title: 'Too large' },
  unsupported: { http: HttpStatus.UNSUPPORTED_MEDIA_TYPE, grpc: GrpcStatus.UNIMPLEMENTED, title: 'Unsupported format' },
  unauthenticated: { http: HttpStatus.UNAUTHORIZED, grpc: GrpcStatus.UNAUTHENTICATED, title: 'Unauthenticated' },
  permission_denied: { http: HttpStatus.FORBIDDEN, grpc: GrpcStatus.PERMISSION_DENIED, title: 'Permission denied' },
  resource_exhausted: { http: 429, grpc: GrpcStatus.RESOURCE_EXHAUSTED, title: 'Too many requests' },
  unavailable: { http: HttpStatus.SERVICE_UNAVAILABLE, grpc: GrpcStatus.UNAVAILABLE, title: 'Unavailable' },
  internal: { http: HttpStatus.INTERNAL_SERVER_ERROR, grpc: GrpcStatus.INTERNAL, title: 'Internal error' },
};

/** SQLSTATE classes that say that PostgreSQL cannot serve now: connection, resources, shutdown. */
const UNAVAILABLE_STATES = /^(08|53|57P)/;
const NETWORK_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);

/** Any error in the domain's words. What nobody foresaw is `internal`, and its message stays inside. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const code = errorCode(error) ?? '';
  const isConnection =
    error instanceof Error && /Connection terminated|timeout exceeded when trying to connect/.test(error.message);
  if (UNAVAILABLE_STATES.test(code) || NETWORK_CODES.has(code) || isConnection) {
    return new DomainError('unavailable', 'The database does not answer. Try again in a moment.', undefined, {
      cause: error,
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
  return new DomainError(code ?? 'invalid_argument', `${error.message}.`, undefined, { cause: error });
}
