import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DomainError, quoteValue } from '#libs/errors.js';
import { toDomainError } from '../errors/error-table.js';
import { REQUEST_ID_HEADER } from './observe-requests.js';
import type { Operations } from '../openapi/operations.js';
import { parametersOf } from './parameters.guard.js';
import { toProblem } from '../errors/problem.js';

/** Turns every error of a REST request into RFC 9457 problem details. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('REST');

  constructor(private readonly operations: Operations) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const error = this.orMethodNotAllowed(toDomainError(exception), request, response);
    const parameters = parametersOf(response);
    const requestId = response.getHeader(REQUEST_ID_HEADER)?.toString();
    const problem = toProblem(error, { parameters, query: request.query }, requestId);
    // Without a cause it is an expected error, such as that of a process that is stopping, and is not logged.
    if (problem.status >= 500 && error.cause !== undefined)
      this.logger.error(`${request.method} ${request.path}: ${error.message}`, causeOf(error));
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error.retryAfterSeconds !== undefined) response.setHeader('Retry-After', error.retryAfterSeconds);
    // RFC 9110, 15.5.2: a 401 must say how to authenticate.
    if (error.code === 'unauthenticated') response.setHeader('WWW-Authenticate', 'Bearer');
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  /** RFC 9110, 15.5.6: an existing path with another method is 405, not 404. */
  private orMethodNotAllowed(error: DomainError, { method, path }: Request, response: Response): DomainError {
    if (error.code !== 'not_found' || parametersOf(response) !== undefined) return error;
    const methods = this.operations.methodsAt(path);
    if (methods.length === 0 || methods.includes(method)) return error;
    response.setHeader('Allow', methods.join(', '));
    return new DomainError(
      'method_not_allowed',
      `The method for ${quoteValue(path)} must be ${methods.join(' or ')}, got ${method}.`,
    );
  }
}

const causeOf = (error: Error): string | undefined =>
  error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : undefined;
