import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { DomainError, type Fault, invalidArgument, quoteValue } from '#libs/errors.js';

/** No request needs four levels; the checks below, and JSON.stringify, run out of stack at some thousand. */
const MAX_LEVELS = 16;

/** More would help nobody. */
const MAX_FAULTS = 20;

/** Checks the shape of request bodies: an object with the fields that there are. What they say, the services check. */
@Injectable()
export class RequestPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: (errors) => {
        const faults = errors.slice(0, MAX_FAULTS).map(toFault);
        const { field, message } = faults[0];
        return new DomainError('invalid_argument', message, field, { faults });
      },
    });
  }

  /** No body means an empty one. */
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body') return super.transform(value, metadata);
    if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) {
      throw invalidArgument('', 'The body must be a JSON object.');
    }
    if (isDeeper(value, MAX_LEVELS))
      throw invalidArgument('', `The body is nested more than ${MAX_LEVELS} levels deep.`);
    return super.transform(value ?? {}, metadata);
  }
}

function toFault({ property: field, constraints = {} }: ValidationError): Fault {
  const [constraint, message] = Object.entries(constraints)[0] ?? [];
  if (constraint === 'whitelistValidation') return { field, message: `There is no field ${quoteValue(field)} here.` };
  return { field, message: `${message ?? 'The request is not valid'}.` };
}

/** Looks no deeper than it must. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
