import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { REQUEST_ID_HEADER } from './observe-requests.js';
import { ERROR_TABLE, toDomainError } from './error-table.js';

/** Every error of a REST request as RFC 9457 problem details. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('REST');

  catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const error = toDomainError(exception);
    const { http, title } = ERROR_TABLE[error.code];
    // Without a cause it is a refusal of our own, such as that of a process that is stopping.
    if (http >= 500 && error.cause !== undefined)
      this.logger.error(`${request.method} ${request.path}: ${error.message}`, causeOf(error));
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error.retryAfterSeconds !== undefined) response.setHeader('Retry-After', error.retryAfterSeconds);
    // RFC 9110, 15.5.2: a 401 says how to authenticate.
    if (error.code === 'unauthenticated') response.setHeader('WWW-Authenticate', 'Bearer');
    response
      .status(http)
      .type('application/problem+json')
      .send(
        JSON.stringify({
          type: 'about:blank',
          title,
          status: http,
          detail: error.message,
          code: error.code,
          request_id: response.getHeader(REQUEST_ID_HEADER),
          ...(error.field === undefined ? {} : { field: error.field }),
          ...error.details,
        }),
      );
  }
}

const causeOf = (error: Error): string | undefined =>
  error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : undefined;
