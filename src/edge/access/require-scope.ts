import { SetMetadata, applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import { NEEDED, type Scope } from './scope.js';

/** Name of the security scheme in the OpenAPI document. */
export const BEARER = 'apiKey';

/** Says in the OpenAPI document which scope an operation needs. */
export const SCOPE_EXTENSION = 'x-scope';

/** The scope that a caller of this handler needs. A handler that says nothing needs `admin`. */
export const RequireScope = (scope: Scope): MethodDecorator =>
  applyDecorators(SetMetadata(NEEDED, scope), ApiBearerAuth(BEARER), ApiExtension(SCOPE_EXTENSION, scope));

/** Anyone may call this handler, also without a key. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(NEEDED, 'none');
