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

/** Messages of a stream that may be read before the one that is worked on has its response. */
const READ_AHEAD = 1;

/**
 * Sees every call before its handler: makes a request of it, which is over when the client cancels or its deadline has
 * passed, and lets only so many streams in at once. (grpc-js answers a call whose deadline has passed by itself.)
 */
@Injectable()
export class GrpcCalls {
  private readonly logger = new Logger('gRPC');
  private readonly streams: ConcurrencyLimit;
  /** Those who need no key take no places of those who do. */
  private readonly streamsOfAnyone: ConcurrencyLimit;
  /** Each with how it is broken off. */
  private readonly open = new Set<(why: DomainError, status: StatusObject) => void>();

  constructor(private readonly settings: Settings) {
    this.streams = new ConcurrencyLimit(settings.maxStreams, 'streams', 'MAX_STREAMS', 5);
    this.streamsOfAnyone = new ConcurrencyLimit(
      settings.maxStreams,
      'streams of health and reflection',
      'MAX_STREAMS',
      5,
    );
  }

  /** Ends all calls that are open, with a status that says why: a connection that is only cut looks cancelled to grpc-js. */
  breakOff(): void {
    if (this.open.size === 0) return;
    const why = new DomainError('unavailable', 'This process is stopping.', undefined, { retryAfterSeconds: 1 });
    const status = grpcError(why, this.logger) as StatusObject;
    for (const end of this.open) end(why, status);
  }

  readonly interceptor: ServerInterceptor = ({ path, requestStream, responseStream }, nextCall) => {
    const { open, logger } = this;
    const places = isOpenToAll(path) ? this.streamsOfAnyone : this.streams;
    const request = { abort: new AbortController(), statementTimeoutMs: this.settings.statementTimeoutMs };
    let leave = (): void => {};
    let unanswered = 0;

    class Call extends ServerInterceptingCall {
      private isReadWanted = false;
      private isBrokenOff = false;
      /** Of a message that waits for the answers to those before it. */
      private refusal: DomainError | undefined;

      constructor(inner: ServerInterceptingCallInterface) {
        super(inner, {
          start: (next) =>
            next({
              onReceiveMetadata: (metadata, go) => {
                try {
                  if (requestStream || responseStream) leave = places.tryAcquire();
                } catch (error) {
                  this.sendStatus(grpcError(error, logger) as StatusObject);
                  return;
                }
                open.add(this.breakOff);
                inRequest(request, () => go(metadata));
              },
              onReceiveMessage: (message: unknown, go) => {
                unanswered++;
                if (message instanceof RefusedMessage) this.refuse(message.error);
                else inRequest(request, () => go(message));
              },
              onReceiveHalfClose: (go) => {
                // a handler of one message would run without it; one of a stream learns that it is over
                if (requestStream || !this.isBrokenOff) inRequest(request, go);
              },
              onCancel: () => {
                leave();
                open.delete(this.breakOff);
                request.abort.abort(new DomainError('cancelled', 'The client has gone, or its deadline has passed.'));
              },
            }),
        });
      }

      /** The message last read; those before it are worked on, and get their answers first. */
      private refuse(why: DomainError): void {
        if (requestStream && responseStream && unanswered > 1) this.refusal = why;
        else this.breakOff(why, grpcError(why, logger) as StatusObject);
      }

      private readonly breakOff = (why: DomainError, status: StatusObject): void => {
        this.sendStatus(status);
        this.isBrokenOff = true;
        request.abort.abort(why);
      };

      /** grpc-js reads 16 messages ahead, whatever their size. */
      override startRead(): void {
        if (requestStream && responseStream && unanswered > READ_AHEAD) this.isReadWanted = true;
        else super.startRead();
      }

      /** Once it is broken off, nothing of the handler's comes after the status. */
      override sendMessage(message: unknown, taken: () => void): void {
        if (this.isBrokenOff) return taken();
        super.sendMessage(message, () => {
          unanswered--;
          if (this.refusal) this.refuse(this.refusal);
          else if (this.isReadWanted) {
            this.isReadWanted = false;
            this.startRead();
          }
          taken();
        });
      }

      override sendStatus(status: Parameters<ServerInterceptingCallInterface['sendStatus']>[0]): void {
        if (!this.isBrokenOff) super.sendStatus(status);
      }
    }
    return new Call(nextCall);
  };
}
