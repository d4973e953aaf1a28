import { Socket } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { DomainError } from '#libs/errors.js';
import type { Settings } from '../../platform/config/settings.js';
import { inRequest } from '../../platform/database/request-scope.js';
import { ConcurrencyLimit } from '../limits/concurrency-limit.js';

type Middleware = (request: Request, response: Response, next: NextFunction) => void;

/**
 * Routes match to the letter: what is decided here and in src/access by a request's path is decided for the route that answers.
 * Express by itself takes `/V1/polls/` for `/v1/polls`, and such a request would pass all of these by.
 */
export function exactRoutes(): Express {
  // before anything is added: its router is made with the first
  return express().enable('case sensitive routing').enable('strict routing');
}

const BATCHES = '/v1/polls';
/** Routes whose body is a file: bulk work, with limits of its own. */
export const IMPORTS = '/v1/imports/';

/** Of a body or an answer, this long nothing may move. */
const SILENCE_MS = 60_000;
/** How long the body of a batch may take: 100 kB as a rule, and at most MAX_BODY_BYTES. */
const BATCH_BODY_MS = 10_000;
/**
 * How long, and how much of it, the rest of a body is thrown away whose answer is sent: a connection that is closed with something
 * unread is reset, and a client that still sends then loses the answer. What is more is left unread until the time is over.
 */
const LINGER = { ms: 30_000, bytes: 64 * 1024 * 1024 };

/**
 * Ends the connection of a client that sends nothing of its body, or takes nothing of its answer, for a minute. It says
 * nothing of how long a body may take in all: the upload of a big file takes its time.
 */
export const cutSilent =
  (silenceMs = SILENCE_MS, linger = LINGER): Middleware =>
  (request, response, next) => {
    const { socket } = request;
    socket.setTimeout(silenceMs);
    const onSilence = (): void => {
      // Bytes that wait in our own buffers are ours to read or to wait for.
      const isSending = !request.complete && request.readableLength === 0;
      const isTaking = response.headersSent && !response.writableFinished && response.writableLength > 0;
      if (isSending || isTaking) socket.destroy();
    };
    // Where nobody listens, Node cuts any silent connection, also of one who waits for us.
    response.on('timeout', onSilence);
    // before Node.js's own, which throws away without end what nobody has begun to read
    response.prependOnceListener('finish', () => {
      if (!request.complete) throwAwayRest(request, linger);
    });
    closeWhenRead(request);
    next();
  };

function throwAwayRest(request: Request, { ms, bytes }: typeof LINGER): void {
  let left = bytes;
  request.removeAllListeners('readable');
  request.on('data', ({ length }: Buffer) => {
    left -= length;
    if (left < 0) request.pause();
  });
  request.resume();
  request.read(0); // begun
  // One that came to its end after all has given the connection to the next request.
  setTimeout(() => void (request.complete || request.destroy()), ms).unref();
}

/** Node.js closes a connection that is not kept with the answer, whatever has not been read. Here it says that nothing more will come. */
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
 * Refuses, before anything is read, what is more at once than the settings allow. A batch that keeps its place without sending
 * its body is cut: a few clients that send a byte now and then would otherwise keep all others out.
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
    `The body holds more than the ${maxBytes} bytes of MAX_UPLOAD_BYTES. Send the file in several parts.`,
  );

/** Makes a request of what is not an import; it is over when the client has gone before its answer was sent. */
export const requests =
  ({ statementTimeoutMs }: Settings): Middleware =>
  (request, response, next) => {
    if (request.method === 'POST' && request.path.startsWith(IMPORTS)) return next();
    const abort = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) abort.abort(new DomainError('cancelled', 'The client has gone.'));
    });
    inRequest({ abort, statementTimeoutMs }, next);
  };
