import { Logger } from '@nestjs/common';
import type { Request, RequestHandler, Response } from 'express';
import { withLogContext, requestIdOf } from '../../platform/logging/log-context.js';
import type { Metrics } from '../../platform/metrics/metrics.js';

export const REQUEST_ID_HEADER = 'X-Request-Id';

/** nginx's status for a client that disconnected. */
const CLIENT_CLOSED = 499;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Label for values that a client made up. */
const OTHER = 'other';

/** The outermost middleware: gives each request its id and log context, and records how it ended. */
export function observeRequests(metrics: Metrics): RequestHandler {
  const logger = new Logger('REST');
  return (request, response, next) => {
    const startedAt = performance.now();
    const requestId = requestIdOf(request.headers['x-request-id'], request.headers.traceparent);
    response.setHeader(REQUEST_ID_HEADER, requestId);
    withLogContext({ request_id: requestId }, () => {
      response.once('close', () => {
        const ms = performance.now() - startedAt;
        const { method, route, status } = labelsOf(request, response);
        metrics.httpRequest(method, route, status, ms / 1_000);
        logger.debug(`${request.method} ${request.path} ${status}`, { route, ms: Math.round(ms) });
      });
      next();
    });
  };
}

function labelsOf(request: Request, response: Response): { method: string; route: string; status: number } {
  const { path } = (request.route ?? {}) as { path?: unknown };
  return {
    method: METHODS.has(request.method) ? request.method : OTHER,
    route: typeof path === 'string' ? path : OTHER,
    status: response.writableFinished ? response.statusCode : CLIENT_CLOSED,
  };
}
