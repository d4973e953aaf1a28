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
 * Sees every call first and last: gives it its id, follows it, and tells how it ended. Calls of methods that are not there
 * do not come here, so that a method's name is none of a client's words.
 */
export function observeCalls(metrics: Metrics): ServerInterceptor {
  const logger = new Logger('gRPC');
  return ({ path }, nextCall) => {
    const startedAt = performance.now();
    let requestId = requestIdOf(undefined, undefined);
    let hasEnded = false;

    const end = (code: GrpcStatus): void => {
      if (hasEnded) return;
      hasEnded = true;
      const ms = performance.now() - startedAt;
      metrics.grpcCall(path, GrpcStatus[code] ?? 'UNKNOWN', ms / 1_000);
      const tell = (): void => logger.debug(`${path} ${GrpcStatus[code]}`, { ms: Math.round(ms) });
      withLogContext({ request_id: requestId }, tell);
    };

    class Call extends ServerInterceptingCall {
      private hasSentMetadata = false;

      constructor(inner: ServerInterceptingCallInterface) {
        const followed = (go: () => void): void => withLogContext({ request_id: requestId }, go);
        super(inner, {
          start: (next) =>
            next({
              onReceiveMetadata: (metadata, go) => {
                requestId = requestIdOf(metadata.get(REQUEST_ID)[0], metadata.get('traceparent')[0]);
                followed(() => go(metadata));
              },
              onReceiveMessage: (message, go) => followed(() => go(message)),
              onReceiveHalfClose: (go) => followed(go),
              onCancel: () => end(isOver(inner.getDeadline()) ? GrpcStatus.DEADLINE_EXCEEDED : GrpcStatus.CANCELLED),
            }),
        });
      }

      override sendMetadata(metadata: Metadata): void {
        this.hasSentMetadata = true;
        metadata.set(REQUEST_ID, requestId);
        super.sendMetadata(metadata);
      }

      /** A call that fails before its first message has only these. */
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

const isOver = (deadline: Date | number): boolean => Number(deadline) <= performance.timeOrigin + performance.now();

/** What grpc-js has to say is of what single clients do, such as metadata that cannot be read: for who looks closely. */
export const quietly = (logger: Logger): Partial<Console> => {
  const debug = (...parts: unknown[]): void => logger.debug(parts.map(String).join(' '));
  return { error: debug, info: debug, debug };
};
