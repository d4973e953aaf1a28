import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { type ValidationError, getMetadataStorage, validate } from 'class-validator';
import { DomainError, type Fault, quoteValue } from '#libs/errors.js';
import type { Settings } from '../../platform/config/settings.js';
import type { UnreadBody } from './json-body.middleware.js';
import { MAX_UNKNOWN_COUNTED, type ReadObject, readJsonObject } from './json-object.js';
import { maxItems, tooManyItems } from '../limits/list-limits.js';

/** Reads queries and bodies. Checks that a body is an object with known fields; services check the values. */
@Injectable()
export class RequestPipe implements PipeTransform {
  private readonly fieldsOfTypes = new Map<Type, ReadonlySet<string>>();

  constructor(private readonly settings: Pick<Settings, 'maxPollsPerBatch'>) {}

  /**
   * @param value an UnreadBody; no body means an empty one
   * @throws DomainError invalid_argument, too_large
   */
  async transform(value: unknown, { type, metatype }: ArgumentMetadata): Promise<unknown> {
    if (type === 'query') return withoutEmpty(value);
    if (type !== 'body' || !metatype) return value;
    const sent = typeof value === 'function' ? await (value as UnreadBody)() : undefined;
    const bytes = sent?.length ? sent : Buffer.from('{}');
    const shape = {
      fields: this.fieldsOf(metatype),
      maxItems: (field: string): number => maxItems(field, this.settings),
    };
    const body = await readJsonObject(bytes, shape);
    for (const [field, count] of body.tooLong) throw tooManyItems(field, String(count), this.settings);

    // The rules check only top-level fields.
    const wrong = (await validate(Object.assign(new metatype() as object, body.value))).map(toFault);
    const faults = [...unknownFields(body), ...wrong];
    const [first] = faults;
    if (first === undefined) return body.value;
    throw new DomainError('invalid_argument', first.message, { field: first.field, faults });
  }

  /** Fields with class-validator rules. */
  private fieldsOf(type: Type): ReadonlySet<string> {
    let fields = this.fieldsOfTypes.get(type);
    if (!fields) {
      const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
      fields = new Set(rules.map(({ propertyName }) => propertyName));
      this.fieldsOfTypes.set(type, fields);
    }
    return fields;
  }
}

/** An empty query parameter counts as absent, because HTML forms send fields that are not filled in. */
function withoutEmpty(query: unknown): unknown {
  if (query === '') return undefined;
  if (typeof query !== 'object' || query === null) return query;
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}

/** The first message also says how many more are not listed. */
function unknownFields({ unknown, unknownCount }: ReadObject): Fault[] {
  const left = unknownCount - unknown.length;
  const atLeast = unknownCount === MAX_UNKNOWN_COUNTED ? 'At least ' : '';
  const more = left > 0 ? ` ${atLeast}${left} more unknown fields are not listed.` : '';
  return unknown.map((field, index) => ({
    field,
    message: `Unknown field ${quoteValue(field)}.${index === 0 ? more : ''}`,
  }));
}

function toFault({ property: field, constraints = {} }: ValidationError): Fault {
  const [message = 'The request is not valid'] = Object.values(constraints);
  return { field, message: `${message}.` };
}
