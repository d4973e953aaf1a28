import type { RequestHandler } from 'express';
import { DomainError, quoteValue } from '#libs/errors.js';
import type { Settings } from '../../platform/config/settings.js';
import { readBody } from './body-bytes.js';
import { IMPORTS } from './http-requests.js';

/** The body of a request, as it is before RequestPipe. */
export type UnreadBody = () => Promise<Buffer>;

/**
 * Leaves a JSON body to RequestPipe, which reads it once it is known that there is such an operation and that the client may use it.
 * Refuses a body of another type, which would be passed over: a forgotten Content-Type must not turn a request into one without options.
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
      throw new DomainError(
        'unsupported',
        `Content-Type ${quoteValue(type)} is not read here; send JSON as application/json.`,
      );
    }
    const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type)?.[1];
    // RFC 8259, 8.1: JSON is UTF-8
    if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
      throw new DomainError('unsupported', `The charset ${quoteValue(charset)} is not read here; send JSON in UTF-8.`);
    }
    request.body = (() => readBody(request, maxBodyBytes)) satisfies UnreadBody;
    next();
  };
}
