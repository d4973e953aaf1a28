import type { RequestHandler } from 'express';
import { DomainError, quoteValue } from '#libs/errors.js';
import type { Settings } from '../../platform/config/settings.js';
import { readBody } from './body-bytes.js';
import { IMPORTS } from './http-requests.js';

/** The body of a request before RequestPipe reads it. */
export type UnreadBody = () => Promise<Buffer>;

/**
 * Defers reading a JSON body to RequestPipe, which runs after routing and access checks. Rejects other content types: otherwise a
 * request with a missing Content-Type would be treated as one without a body.
 */
export function jsonBody({ maxBodyBytes }: Pick<Settings, 'maxBodyBytes'>): RequestHandler {
  return (request, _response, next) => {
    const hasBody = Number(request.headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in request.headers;
    if (!hasBody || request.path.startsWith(IMPORTS)) {
      next();
      return;
    }
    const type = request.headers['content-type'] ?? '';
    if (!request.is('json')) {
      throw new DomainError('unsupported', `Content-Type must be application/json, got ${quoteValue(type)}.`);
    }
    const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type)?.[1];
    // RFC 8259, 8.1: JSON is UTF-8
    if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
      throw new DomainError('unsupported', `The charset of Content-Type must be utf-8, got ${quoteValue(charset)}.`);
    }
    request.body = (() => readBody(request, maxBodyBytes)) satisfies UnreadBody;
    next();
  };
}
