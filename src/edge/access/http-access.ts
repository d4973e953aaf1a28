import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { isOfThePage } from '../web/serve-page.js';
import { Access } from './access.js';
import { currentLimit, inLimit } from '../../platform/database/store-limit.js';
import { type Caller, authorize, authorizeHandler, declaredScope } from './scope.js';

/** Probed every few seconds by orchestrators and load balancers: never authenticated or rate-limited. */
const HEALTH = /^\/(livez|readyz)$/;
/** Swagger, the OpenAPI document and the page without its data contain nothing that is not in the public repository. */
const DOCS = /^\/docs(\/.*|-json|-yaml)?$/;

const CALLER = 'caller';

/**
 * Authenticates a request before its body is read, and serves it within the limit of its key. AccessGuard, which knows the
 * handler, checks the scope. A path that is admitted
 * here by mistake is still rejected there.
 */
export function httpAccess(access: Access): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const address = request.ip ?? '';
    let caller: Caller | undefined;
    if (DOCS.test(request.path) || isOfThePage(request.path)) await access.admitAnonymous(address);
    else if (!HEALTH.test(request.path)) {
      caller = await access.admit(address, request.headers.authorization);
      response.locals[CALLER] = caller;
    }
    inLimit(caller?.limit, next);
  };
}

/** REST: admits only callers with the scope that the handler requires. */
@Injectable()
export class AccessGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { locals } = context.switchToHttp().getResponse<Response>();
    const caller = locals[CALLER] as Caller | undefined;
    authorize(caller, declaredScope(context.getHandler()));
    if (caller) authorizeHandler(caller, context.getHandler());
    // If the scope of the request were lost, the handler would show all stores.
    if (caller?.limit !== currentLimit()) throw new Error('The limit of the API key is not in force.');
    return true;
  }
}

/** Security headers. Swagger UI works with them, because its scripts are files of this server. */
export function securityHeaders(isHttps: boolean): RequestHandler {
  return helmet({
    // Without TLS, upgrade-insecure-requests would make browsers load Swagger's files over https, which is not served.
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: isHttps ? [] : null } },
    strictTransportSecurity: isHttps && { includeSubDomains: false },
  });
}
