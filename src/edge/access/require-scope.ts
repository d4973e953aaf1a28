import { SetMetadata, applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import { FOR_ALL_STORES, MANAGES_KEYS, NEEDED, type Scope } from './scope.js';

/** Name of the security scheme in the OpenAPI document. */
export const BEARER = 'apiKey';

/** Extension in the OpenAPI document that names the scope of an operation. */
export const SCOPE_EXTENSION = 'x-scope';

/** The scope that this handler requires. A handler without this decorator requires `admin`. */
export const RequireScope = (scope: Scope): MethodDecorator =>
  applyDecorators(SetMetadata(NEEDED, scope), ApiBearerAuth(BEARER), ApiExtension(SCOPE_EXTENSION, scope));

/** A caller that is limited to some stores may not call this handler, whatever its scopes. */
export const ForAllStores = (): MethodDecorator => SetMetadata(FOR_ALL_STORES, true);

/** This handler manages API keys, which needs an admin's key without a filter. */
export const ManagesKeys = (): MethodDecorator =>
  applyDecorators(RequireScope('admin'), ForAllStores(), SetMetadata(MANAGES_KEYS, true));

/** Anyone may call this handler, even without a key. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(NEEDED, 'none');
