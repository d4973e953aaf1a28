import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { isOfThePage } from '../web/serve-page.js';
import { Access } from './access.js';
import { type Caller, authorize, declaredScope } from './scope.js';

/** Probed every few seconds by orchestrators and load balancers: never authenticated or rate-limited. */
const HEALTH = /^\/(livez|readyz)$/;
/** Swagger, the OpenAPI document and the page without its data contain nothing that is not in the public repository. */
const DOCS = /^\/docs(\/.*|-json|-yaml)?$/;

const CALLER = 'caller';

/**
 * Authenticates a request before its body is read. AccessGuard, which knows the handler, checks the scope. A path that is admitted
 * here by mistake is still rejected there.
 */
export function httpAccess(access: Access): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const address = request.ip ?? '';
    if (DOCS.test(request.path) || isOfThePage(request.path)) await access.admitAnonymous(address);
    else if (!HEALTH.test(request.path)) {
      response.locals[CALLER] = await access.admit(address, request.headers.authorization);
    }
    next();
  };
}

/** REST: admits only callers with the scope that the handler requires. */
@Injectable()
export class AccessGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { locals } = context.switchToHttp().getResponse<Response>();
    authorize(locals[CALLER] as Caller | undefined, declaredScope(context.getHandler()));
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
