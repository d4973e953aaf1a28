import type { NextFunction, Request, Response } from 'express';
import { DomainError, quoteValue } from '#libs/errors.js';
import { IMPORTS } from './http-requests.js';

/** Refuses a body that would be passed over: a forgotten Content-Type must not turn a request into one without options. */
export function jsonBody(request: Request, _response: Response, next: NextFunction): void {
  const hasBody = Number(request.headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in request.headers;
  if (hasBody && !request.path.startsWith(IMPORTS) && !request.is('json')) {
    const type = quoteValue(request.headers['content-type'] ?? '');
    throw new DomainError('unsupported', `Content-Type ${type} is not read here; send JSON as application/json.`);
  }
  next();
}
