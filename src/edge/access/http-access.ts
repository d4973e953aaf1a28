import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { isOfThePage } from '../page/page.js';
import { Access } from './access.js';
import { type Caller, authorize, declaredScope } from './scope.js';

/** Asked every few seconds by who starts and stops the process: never refused. */
const HEALTH = /^\/(livez|readyz)$/;
/** Swagger and the OpenAPI document say nothing that this repository does not; nor does the page without its data. */
const DOCS = /^\/docs(\/.*|-json|-yaml)?$/;

const CALLER = 'caller';

/**
 * Tells who sends a request, before anything of its body is read. What the caller may do, AccessGuard decides, which
 * knows the handler: a path that is let in here by mistake is still refused there.
 */
export function httpAccess(access: Access): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const address = request.ip ?? '';
    if (DOCS.test(request.path) || isOfThePage(request.path)) await access.admitStranger(address);
    else if (!HEALTH.test(request.path)) {
      response.locals[CALLER] = await access.admit(address, request.headers.authorization);
    }
    next();
  };
}

/** REST: only callers with the scope that the handler needs. */
@Injectable()
export class AccessGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { locals } = context.switchToHttp().getResponse<Response>();
    authorize(locals[CALLER] as Caller | undefined, declaredScope(context.getHandler()));
    return true;
  }
}

/** Headers that tell browsers to be careful. Swagger UI works under them: its scripts are files of this server. */
export function securityHeaders(isHttps: boolean): RequestHandler {
  return helmet({
    // Without TLS, browsers would ask for Swagger's files over https, where nobody listens.
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: isHttps ? [] : null } },
    strictTransportSecurity: isHttps && { includeSubDomains: false },
  });
}
