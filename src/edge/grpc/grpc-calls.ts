import { Injectable, Logger } from '@nestjs/common';
import {
  type StatusObject,
  type ServerInterceptingCallInterface,
  ServerInterceptingCall,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import { DomainError } from '#libs/errors.js';
import { isOpenToAll } from './grpc-access.js';
import { Settings } from '../../platform/config/settings.js';
import { inRequest } from '../../platform/database/request-scope.js';
import { RefusedMessage } from './bounded-message.js';
import { ConcurrencyLimit } from '../limits/concurrency-limit.js';
import { grpcError } from './grpc-error.filter.js';

/** Messages of a stream that may be read ahead while the previous one is processed. */
const READ_AHEAD = 1;

/**
 * Intercepts every call before its handler. Creates a request scope that is aborted when the client cancels or the deadline passes,
 * and limits concurrent streams. (grpc-js itself answers a call whose deadline has passed.)
 */
@Injectable()
export class GrpcCalls {
  private readonly logger = new Logger('gRPC');
  private readonly streams: ConcurrencyLimit;
  /** A separate limit, so that calls without a key cannot use up the streams of callers with one. */
  private readonly publicStreams: ConcurrencyLimit;
  /** Functions that abort the open calls. */
  private readonly open = new Set<(why: DomainError, status: StatusObject) => void>();

  constructor(private readonly settings: Settings) {
    this.streams = new ConcurrencyLimit(settings.maxStreams, 'streams', 'MAX_STREAMS', 5);
    this.publicStreams = new ConcurrencyLimit(
      settings.maxStreams,
      'streams of health and reflection',
      'MAX_STREAMS',
      5,
    );
  }

  /** Ends all open calls with a status that gives the reason. grpc-js reports a closed connection only as cancelled. */
  abort(): void {
    if (this.open.size === 0) return;
    const why = new DomainError('unavailable', 'This process is stopping.', { retryAfterSeconds: 1 });
    const status = grpcError(why, this.logger) as StatusObject;
    for (const end of this.open) end(why, status);
  }

  readonly interceptor: ServerInterceptor = ({ path, requestStream, responseStream }, nextCall) => {
    const { open, logger } = this;
    const limit = isOpenToAll(path) ? this.publicStreams : this.streams;
    const request = { abort: new AbortController(), statementTimeoutMs: this.settings.statementTimeoutMs };
    let release = (): void => {};
    let unanswered = 0;

    class Call extends ServerInterceptingCall {
      private isReadWanted = false;
      private isAborted = false;
      /** Why a message was rejected. It is sent after the responses to earlier messages. */
      private refusal: DomainError | undefined;

      constructor(inner: ServerInterceptingCallInterface) {
        super(inner, {
          start: (next) =>
            next({
              onReceiveMetadata: (metadata, go) => {
                try {
                  if (requestStream || responseStream) release = limit.tryAcquire();
                } catch (error) {
                  this.sendStatus(grpcError(error, logger) as StatusObject);
                  return;
                }
                open.add(this.abort);
                inRequest(request, () => go(metadata));
              },
              onReceiveMessage: (message: unknown, go) => {
                unanswered++;
                if (message instanceof RefusedMessage) this.refuse(message.error);
                else inRequest(request, () => go(message));
              },
              onReceiveHalfClose: (go) => {
                // Without its message, a unary handler must not run. A stream handler must learn that the stream has ended.
                if (requestStream || !this.isAborted) inRequest(request, go);
              },
              onCancel: () => {
                release();
                open.delete(this.abort);
                request.abort.abort(
                  new DomainError('cancelled', 'The client disconnected or cancelled, or its deadline passed.'),
                );
              },
            }),
        });
      }

      /** Rejects the last message read. Earlier messages get their responses first. */
      private refuse(why: DomainError): void {
        if (requestStream && responseStream && unanswered > 1) this.refusal = why;
        else this.abort(why, grpcError(why, logger) as StatusObject);
      }

      private readonly abort = (why: DomainError, status: StatusObject): void => {
        this.sendStatus(status);
        this.isAborted = true;
        request.abort.abort(why);
      };

      /** grpc-js reads 16 messages ahead, whatever their size. */
      override startRead(): void {
        if (requestStream && responseStream && unanswered > READ_AHEAD) this.isReadWanted = true;
        else super.startRead();
      }

      /** After an abort, messages from the handler are dropped: nothing may follow the status. */
      override sendMessage(message: unknown, done: () => void): void {
        if (this.isAborted) return done();
        super.sendMessage(message, () => {
          unanswered--;
          if (this.refusal) this.refuse(this.refusal);
          else if (this.isReadWanted) {
            this.isReadWanted = false;
            this.startRead();
          }
          done();
        });
      }

      override sendStatus(status: Parameters<ServerInterceptingCallInterface['sendStatus']>[0]): void {
        if (!this.isAborted) super.sendStatus(status);
      }
    }
    return new Call(nextCall);
  };
}
