import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type Metadata, type ServerInterceptor, ServerInterceptingCall, type StatusObject } from '@grpc/grpc-js';
import { PATTERN_METADATA } from '@nestjs/microservices/constants.js';
import { grpcError } from './grpc-error.filter.js';
import { PACKAGE } from './proto-files.js';
import { Access } from '../access/access.js';
import { type Scope, authorize, declaredScope } from '../access/scope.js';

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
  private scopes: ReadonlyMap<string, Scope | 'none' | undefined> | undefined;

  constructor(
    private readonly access: Access,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  readonly interceptor: ServerInterceptor = ({ path }, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, forward) => {
            const { remoteAddress = '' } = call.getConnectionInfo();
            this.admit(path, remoteAddress, metadata).then(
              () => forward(metadata),
              (error: unknown) => call.sendStatus(grpcError(error, this.logger) as StatusObject),
            );
          },
        }),
    });

  private async admit(path: string, address: string, metadata: Metadata): Promise<void> {
    if (HEALTH.test(path)) return;
    if (REFLECTION.test(path)) return this.access.admitAnonymous(address);
    const [authorization] = metadata.get('authorization');
    authorize(await this.access.admit(address, authorization?.toString()), this.declared().get(path));
  }

  /** The scopes that handlers declare, by path: `/storewatch.v1.ReportsService/GetReport`. */
  declared(): ReadonlyMap<string, Scope | 'none' | undefined> {
    this.scopes ??= new Map(
      this.discovery.getControllers().flatMap(({ metatype }) => {
        const prototype = metatype?.prototype as Record<string, object>;
        return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
          const patterns = (Reflect.getMetadata(PATTERN_METADATA, prototype[name]) ?? []) as Pattern[];
          return patterns.map(
            ({ service, rpc }) =>
              [`/${PACKAGE}.${service}/${capitalized(rpc)}`, declaredScope(prototype[name])] as const,
          );
        });
      }),
    );
    return this.scopes;
  }
}

/** The spelling in the .proto. ts-proto's decorators use the name of the handler, and Nest accepts both. */
const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
