import { Socket } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { DomainError } from '#libs/errors.js';
import type { Settings } from '../../platform/config/settings.js';
import { inRequest } from '../../platform/database/request-scope.js';
import { ConcurrencyLimit } from '../limits/concurrency-limit.js';

type Middleware = (request: Request, response: Response, next: NextFunction) => void;

/**
 * Routes match exactly. Limits and access are decided by the path of a request, so they must apply to the route that answers it.
 * By default, Express also serves `/V1/polls/` as `/v1/polls`, and such a request would bypass them.
 */
export function exactRoutes(): Express {
  // Must be set before anything is added: the router is created then.
  return express().enable('case sensitive routing').enable('strict routing');
}

const BATCHES = '/v1/polls';
/** Routes whose body is a file. They have their own limits. */
export const IMPORTS = '/v1/imports/';

/** How long a body or response may stall. */
const SILENCE_MS = 60_000;
/** How long the body of a batch may take. It is usually 100 kB, and at most MAX_BODY_BYTES. */
const BATCH_BODY_MS = 10_000;
/**
 * How long, and how many bytes, to discard of a body after the response is sent. Closing a connection with unread bytes resets it,
 * and a client that is still sending then loses the response. Beyond `bytes`, the rest stays unread until the time is up.
 */
const LINGER = { ms: 30_000, bytes: 64 * 1024 * 1024 };

/**
 * Closes the connection of a client that sends none of its body, or reads none of its response, for a minute. There is no limit for
 * the whole body, because uploading a large file takes long.
 */
export const cutSilent =
  (silenceMs = SILENCE_MS, linger = LINGER): Middleware =>
  (request, response, next) => {
    const { socket } = request;
    socket.setTimeout(silenceMs);
    const onSilence = (): void => {
      // A body that waits in our buffer is not the client's delay.
      const owesBody = !request.complete && request.readableLength === 0;
      const owesReading = response.headersSent && !response.writableFinished && response.writableLength > 0;
      if (owesBody || owesReading) socket.destroy();
    };
    // Without a listener, Node closes every silent connection, even one that waits for our response.
    response.on('timeout', onSilence);
    // Must run before Node's own listener, which discards an unread body without a limit.
    response.prependOnceListener('finish', () => {
      if (!request.complete) discardRest(request, linger);
    });
    closeWhenRead(request);
    next();
  };

function discardRest(request: Request, { ms, bytes }: typeof LINGER): void {
  let left = bytes;
  request.removeAllListeners('readable');
  request.on('data', ({ length }: Buffer) => {
    left -= length;
    if (left < 0) request.pause();
  });
  request.resume();
  request.read(0); // starts reading
  // A complete body has passed the connection on to the next request, so it must stay open.
  setTimeout(() => void (request.complete || request.destroy()), ms).unref();
}

/** Without keep-alive, Node closes the connection after the response, even with an unread body. This ends only our side until it is read. */
function closeWhenRead(request: Request): void {
  const { socket } = request;
  const close = (): void => Socket.prototype.destroySoon.call(socket);
  socket.destroySoon = () => {
    if (request.complete) close();
    else {
      request.once('end', close);
      socket.end();
    }
  };
}

/**
 * Limits concurrent batches and imports before their bodies are read. A batch whose body does not arrive in time is cut off:
 * otherwise a few clients that send single bytes could block all others.
 */
export function admit(
  {
    maxBatchesAtOnce,
    maxImportsAtOnce,
    maxUploadBytes,
  }: Pick<Settings, 'maxBatchesAtOnce' | 'maxImportsAtOnce' | 'maxUploadBytes'>,
  batchBodyMs = BATCH_BODY_MS,
): Middleware {
  const batches = new ConcurrencyLimit(maxBatchesAtOnce, 'batches', 'MAX_BATCHES_AT_ONCE');
  const imports = new ConcurrencyLimit(maxImportsAtOnce, 'imports', 'MAX_IMPORTS_AT_ONCE', 10);
  return (request, response, next) => {
    if (request.method === 'POST') {
      const isImport = request.path.startsWith(IMPORTS);
      if (isImport && Number(request.headers['content-length'] ?? 0) > maxUploadBytes)
        throw uploadTooLarge(maxUploadBytes);
      const limit = isImport ? imports : request.path === BATCHES ? batches : undefined;
      if (limit) response.once('close', limit.tryAcquire());
      if (limit === batches) {
        const cut = (): void => void (request.complete || request.socket.destroy());
        const timer = setTimeout(cut, batchBodyMs);
        response.once('close', () => clearTimeout(timer));
      }
    }
    next();
  };
}

export const uploadTooLarge = (maxBytes: number): DomainError =>
  new DomainError(
    'too_large',
    `The body has more than ${maxBytes} bytes (MAX_UPLOAD_BYTES). Split the file and send the parts.`,
  );

/** Gives every request, except imports, a scope that is aborted if the client disconnects before the response is sent. */
export const requests =
  ({ statementTimeoutMs }: Settings): Middleware =>
  (request, response, next) => {
    if (request.method === 'POST' && request.path.startsWith(IMPORTS)) return next();
    const abort = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) abort.abort(new DomainError('cancelled', 'The client disconnected.'));
    });
    inRequest({ abort, statementTimeoutMs }, next);
  };
