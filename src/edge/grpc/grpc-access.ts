import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type Metadata, type ServerInterceptor, ServerInterceptingCall, type StatusObject } from '@grpc/grpc-js';
import { PATTERN_METADATA } from '@nestjs/microservices/constants.js';
import { grpcError } from './grpc-error.filter.js';
import { PACKAGE } from './proto-files.js';
import { Access } from '../access/access.js';
import { type Scope, authorize, declaredScope } from '../access/scope.js';

/** Says nothing that the files in proto/ do not. */
const REFLECTION = /^\/grpc\.reflection\./;
/** Says no more than /readyz, to whom that does: load balancers have no keys, and often the address of everybody else. */
const HEALTH = /^\/grpc\.health\./;

/** Whether anyone may call this, also without a key. */
export const isOpenToAll = (path: string): boolean => HEALTH.test(path) || REFLECTION.test(path);

/** What Nest keeps of @GrpcMethod and @GrpcStreamCall. */
interface Pattern {
  readonly service: string;
  readonly rpc: string;
}

/**
 * gRPC: only callers with the scope that the handler needs, before anything of the request is read. No Nest guard does
 * this: what a guard of a @GrpcStreamCall throws never gets to the client.
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
          onReceiveMetadata: (metadata, goOn) => {
            const { remoteAddress = '' } = call.getConnectionInfo();
            this.admit(path, remoteAddress, metadata).then(
              () => goOn(metadata),
              (error: unknown) => call.sendStatus(grpcError(error, this.logger) as StatusObject),
            );
          },
        }),
    });

  private async admit(path: string, address: string, metadata: Metadata): Promise<void> {
    if (HEALTH.test(path)) return;
    if (REFLECTION.test(path)) return this.access.admitStranger(address);
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

/** As the .proto spells it: ts-proto's decorators name an rpc as they name its handler, and Nest takes both. */
const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
