import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DomainError, type Fault, quoteValue } from '#libs/errors.js';
import type { Operations, Parameters } from '../openapi/operations.js';

const PARAMETERS = 'parameters';
const MAX_FAULTS = 20;

/** Rejects query parameters that are not in the OpenAPI document, so that a misspelt one is not ignored. */
export class ParametersGuard implements CanActivate {
  constructor(private readonly operations: Operations) {}

  /** @throws DomainError invalid_argument */
  canActivate(context: ExecutionContext): boolean {
    const { query } = context.switchToHttp().getRequest<Request>();
    const { locals } = context.switchToHttp().getResponse<Response>();
    const parameters = this.operations.parametersOf(context.getHandler());
    if (parameters === undefined) return true;
    locals[PARAMETERS] = parameters;
    const faults: Fault[] = [];
    for (const [field, value] of Object.entries(query)) {
      const message = faultOf(field, value, parameters);
      if (message !== undefined) faults.push({ field, message });
      if (faults.length === MAX_FAULTS) break;
    }
    const [first] = faults;
    if (first === undefined) return true;
    throw new DomainError('invalid_argument', first.message, { field: first.field, faults });
  }
}

/** Parameters of the operation that handles the request; undefined if none does. */
export const parametersOf = ({ locals }: Response): Parameters | undefined =>
  locals[PARAMETERS] as Parameters | undefined;

function faultOf(name: string, value: unknown, { query }: Parameters): string | undefined {
  const parameter = query.get(name);
  if (parameter === undefined) {
    const known = [...query.keys()].join(', ');
    const expected = known === '' ? 'this operation has none' : `expected ${known}`;
    return `Unknown query parameter ${quoteValue(name)}; ${expected}.`;
  }
  return Array.isArray(value) && !parameter.isList ? `${name}: occurs ${value.length} times; send it once.` : undefined;
}
