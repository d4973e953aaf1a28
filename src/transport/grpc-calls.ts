import { Logger } from '@nestjs/common';
import {
  type StatusObject,
  type ServerInterceptingCallInterface,
  ServerInterceptingCall,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import { DomainError } from '#libs/errors.js';
import { isOpenToAll } from '../access/grpc-access.js';
import type { Settings } from '../config/settings.js';
import { inRequest } from '../database/requests.js';
import { Gate } from './gate.js';
import { grpcError } from './grpc-error.filter.js';

/** Messages of a stream that may be read before the one that is worked on has its response. */
const READ_AHEAD = 1;

/**
 * Sees every call before its handler: makes a request of it, which is over when the client cancels or its deadline has
 * passed, and lets only so many streams in at once. (grpc-js answers a call whose deadline has passed by itself.)
 */
export function grpcCalls({ maxStreams, statementTimeoutMs }: Settings): ServerInterceptor {
  const streams = new Gate(maxStreams, 'streams', 'MAX_STREAMS', 5);
  /** Those who need no key take no places of those who do. */
  const streamsOfAnyone = new Gate(maxStreams, 'streams of health and reflection', 'MAX_STREAMS', 5);
  const logger = new Logger('gRPC');

  return ({ path, requestStream, responseStream }, nextCall) => {
    const request = { over: new AbortController(), statementTimeoutMs };
    let leave = (): void => {};
    let unanswered = 0;

    class Call extends ServerInterceptingCall {
      private isReadWanted = false;

      constructor(inner: ServerInterceptingCallInterface) {
        super(inner, {
          start: (next) =>
            next({
              onReceiveMetadata: (metadata, go) => {
                try {
                  if (requestStream || responseStream) {
                    leave = (isOpenToAll(path) ? streamsOfAnyone : streams).enter();
                  }
                } catch (error) {
                  this.sendStatus(grpcError(error, logger) as StatusObject);
                  return;
                }
                inRequest(request, () => go(metadata));
              },
              onReceiveMessage: (message, go) => {
                unanswered++;
                inRequest(request, () => go(message));
              },
              onReceiveHalfClose: (go) => inRequest(request, go),
              onCancel: () => {
                leave();
                request.over.abort(new DomainError('cancelled', 'The client has gone, or its deadline has passed.'));
              },
            }),
        });
      }

      /** grpc-js reads 16 messages ahead, whatever their size. */
      override startRead(): void {
        if (requestStream && responseStream && unanswered > READ_AHEAD) this.isReadWanted = true;
        else super.startRead();
      }

      override sendMessage(message: unknown, taken: () => void): void {
        super.sendMessage(message, () => {
          unanswered--;
          if (this.isReadWanted) {
            this.isReadWanted = false;
            this.startRead();
          }
          taken();
        });
      }
    }
    return new Call(nextCall);
  };
}
