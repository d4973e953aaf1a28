import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { Metadata, type ServiceError, status as GrpcStatus } from '@grpc/grpc-js';
import { type Observable, throwError } from 'rxjs';
import { ERROR_TABLE, toDomainError } from '../errors/error-table.js';
import { STATUS_DETAILS, statusDetails } from './grpc-status-details.js';

/** Converts any error to the status that grpc-js sends to the client. */
export function grpcError(exception: unknown, logger: Logger): Partial<ServiceError> {
  const error = toDomainError(exception);
  // Without a cause it is an expected error, such as that of a process that is stopping, and is not logged.
  if ((error.code === 'internal' || error.code === 'unavailable') && error.cause !== undefined) {
    logger.error(error.message, error.cause instanceof Error ? error.cause.stack : undefined);
  }
  const metadata = new Metadata();
  if (error.field !== undefined) metadata.set('field', error.field);
  if (error.retryAfterSeconds !== undefined) metadata.set('retry-after', String(error.retryAfterSeconds));
  metadata.set(STATUS_DETAILS, statusDetails(error));
  return { code: GrpcStatus[ERROR_TABLE[error.code].grpc], details: error.message, message: error.message, metadata };
}

/** Gives every error of a gRPC call its status. (Nest's own filter turns unknown errors into UNKNOWN and does not log them.) */
@Catch()
export class GrpcErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('gRPC');

  catch(exception: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => grpcError(exception, this.logger));
  }
}
