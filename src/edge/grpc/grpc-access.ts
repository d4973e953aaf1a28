import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type Metadata, type ServerInterceptor, ServerInterceptingCall, type StatusObject } from '@grpc/grpc-js';
import { PATTERN_METADATA } from '@nestjs/microservices/constants.js';
import { grpcError } from './grpc-error.filter.js';
import { PACKAGE } from './proto-files.js';
import { Access } from '../access/access.js';
import { type StoreLimit, inLimit } from '../../platform/database/store-limit.js';
import { type Scope, authorize, authorizeHandler, declaredScope } from '../access/scope.js';

/** Returns nothing that is not in the public files of proto/. */
const REFLECTION = /^\/grpc\.reflection\./;
/** Public like /readyz. Not rate-limited: load balancers have no keys, and often share an address with all clients. */
const HEALTH = /^\/grpc\.health\./;

/** Whether this method may be called without a key. */
export const isOpenToAll = (path: string): boolean => HEALTH.test(path) || REFLECTION.test(path);

/** Metadata that Nest stores for @GrpcMethod and @GrpcStreamCall. */
interface Pattern {
  readonly service: string;
  readonly rpc: string;
}

/**
 * gRPC: admits only callers with the scope that the handler requires, before the request is read. This is not a Nest guard, because
 * an error that a guard of a @GrpcStreamCall throws never reaches the client.
 */
@Injectable()
export class GrpcAccess {
  private readonly logger = new Logger('gRPC');
  private handlers: ReadonlyMap<string, object> | undefined;

  constructor(
    private readonly access: Access,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  readonly interceptor: ServerInterceptor = ({ path }, call) => {
    let limit: StoreLimit | undefined;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, forward) => {
            const { remoteAddress = '' } = call.getConnectionInfo();
            this.admit(path, remoteAddress, metadata).then(
              (admitted) => inLimit((limit = admitted), () => forward(metadata)),
              (error: unknown) => call.sendStatus(grpcError(error, this.logger) as StatusObject),
            );
          },
          // Messages that arrive before the call is admitted are held back, and follow its metadata.
          onReceiveMessage: (message: unknown, forward) => inLimit(limit, () => forward(message)),
          onReceiveHalfClose: (forward) => inLimit(limit, forward),
        }),
    });
  };

  private async admit(path: string, address: string, metadata: Metadata): Promise<StoreLimit | undefined> {
    if (HEALTH.test(path)) return undefined;
    if (REFLECTION.test(path)) {
      await this.access.admitAnonymous(address);
      return undefined;
    }
    const [authorization] = metadata.get('authorization');
    const caller = await this.access.admit(address, authorization?.toString());
    const handler = this.handlersByPath().get(path);
    authorize(caller, handler && declaredScope(handler));
    if (handler) authorizeHandler(caller, handler);
    return caller.limit;
  }

  /** The scopes that handlers declare, by path: `/storewatch.v1.ReportsService/GetReport`. */
  declared(): ReadonlyMap<string, Scope | 'none' | undefined> {
    return new Map(Array.from(this.handlersByPath(), ([path, handler]) => [path, declaredScope(handler)]));
  }

  private handlersByPath(): ReadonlyMap<string, object> {
    this.handlers ??= new Map(
      this.discovery.getControllers().flatMap(({ metatype }) => {
        const prototype = metatype?.prototype as Record<string, object>;
        return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
          const patterns = (Reflect.getMetadata(PATTERN_METADATA, prototype[name]) ?? []) as Pattern[];
          return patterns.map(
            ({ service, rpc }) => [`/${PACKAGE}.${service}/${capitalized(rpc)}`, prototype[name]] as const,
          );
        });
      }),
    );
    return this.handlers;
  }
}

/** The spelling in the .proto. ts-proto's decorators use the name of the handler, and Nest accepts both. */
const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
