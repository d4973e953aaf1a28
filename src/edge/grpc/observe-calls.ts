import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status as GrpcStatus,
} from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { withLogContext, requestIdOf } from '../../platform/logging/log-context.js';
import type { Metrics } from '../../platform/metrics/metrics.js';

type Status = Parameters<ServerInterceptingCallInterface['sendStatus']>[0];

const REQUEST_ID = 'x-request-id';

/**
 * The outermost interceptor: gives each call its id and log context, and records how it ended. Calls of unknown methods do not reach
 * it, so a client cannot create metric labels.
 */
export function observeCalls(metrics: Metrics): ServerInterceptor {
  const logger = new Logger('gRPC');
  return ({ path }, nextCall) => {
    const startedAt = performance.now();
    let requestId = requestIdOf();
    let hasEnded = false;

    const end = (code: GrpcStatus): void => {
      if (hasEnded) return;
      hasEnded = true;
      const ms = performance.now() - startedAt;
      metrics.grpcCall(path, GrpcStatus[code] ?? 'UNKNOWN', ms / 1_000);
      const log = (): void => logger.debug(`${path} ${GrpcStatus[code]}`, { ms: Math.round(ms) });
      withLogContext({ request_id: requestId }, log);
    };

    class Call extends ServerInterceptingCall {
      private hasSentMetadata = false;

      constructor(inner: ServerInterceptingCallInterface) {
        const inContext = (go: () => void): void => withLogContext({ request_id: requestId }, go);
        super(inner, {
          start: (next) =>
            next({
              onReceiveMetadata: (metadata, go) => {
                requestId = requestIdOf(metadata.get(REQUEST_ID)[0], metadata.get('traceparent')[0]);
                inContext(() => go(metadata));
              },
              onReceiveMessage: (message, go) => inContext(() => go(message)),
              onReceiveHalfClose: (go) => inContext(go),
              onCancel: () => end(isPast(inner.getDeadline()) ? GrpcStatus.DEADLINE_EXCEEDED : GrpcStatus.CANCELLED),
            }),
        });
      }

      override sendMetadata(metadata: Metadata): void {
        this.hasSentMetadata = true;
        metadata.set(REQUEST_ID, requestId);
        super.sendMetadata(metadata);
      }

      /** A call that fails before its first message sends no initial metadata, only trailers. */
      override sendStatus(status: Status): void {
        end(status.code);
        const metadata = status.metadata ?? new Metadata();
        if (!this.hasSentMetadata) metadata.set(REQUEST_ID, requestId);
        super.sendStatus({ ...status, metadata });
      }
    }
    return new Call(nextCall);
  };
}

const isPast = (deadline: Date | number): boolean => Number(deadline) <= performance.timeOrigin + performance.now();

/** grpc-js logs errors of single clients, such as unreadable metadata, so all its lines go to the debug level. */
export const quietly = (logger: Logger): Partial<Console> => {
  const debug = (...parts: unknown[]): void => logger.debug(parts.map(String).join(' '));
  return { error: debug, info: debug, debug };
};
