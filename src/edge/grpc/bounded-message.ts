import protobuf from 'protobufjs';
import { DomainError, invalidArgument } from '#libs/errors.js';
import type { Settings } from '../../platform/config/settings.js';
import { maxItems, tooManyItems } from '../limits/list-limits.js';

/** protobufjs takes as long for a field as for ten bytes of text: a message full of two-byte fields takes seconds to decode. */
const FIELDS_PER_POLL = 8;
const MIN_FIELD_LIMIT = 100_000;
/** Nesting depth. Our messages need four levels. */
const MAX_LEVELS = 16;

/** Stands in for a message that was rejected. It cannot be thrown: grpc-js reports every error in decoding as INTERNAL. */
export class RefusedMessage {
  constructor(readonly error: DomainError) {}
}

type Decode = (bytes: Buffer) => unknown;
type Limits = Pick<Settings, 'maxPollsPerBatch'>;

/**
 * Wraps a decoder: counts fields and list items first, which is much faster than decoding, and rejects messages over the limits.
 * @param type undefined: a type without nested messages
 * @returns a decoder that returns a RefusedMessage if the message is over a limit or cannot be decoded
 */
export function boundedDecode(decode: Decode, type: protobuf.Type | undefined, limits: Limits): Decode {
  const maxFields = Math.max(MIN_FIELD_LIMIT, FIELDS_PER_POLL * limits.maxPollsPerBatch);
  return (bytes) => {
    try {
      const counted = countFields(bytes, type, maxFields);
      const isCut = counted.fields > maxFields;
      for (const [field, count] of counted.items) {
        const shown = isCut ? `more than ${count}` : String(count);
        if (count > maxItems(field, limits)) return new RefusedMessage(tooManyItems(field, shown, limits));
      }
      if (isCut) {
        const message = `The message has more than ${maxFields} fields. Split it into several.`;
        return new RefusedMessage(new DomainError('too_large', message));
      }
      return decode(bytes);
    } catch (error) {
      const name = type?.fullName.slice(1) ?? 'the request';
      const message = `The message cannot be read as ${name}: ${(error as Error).message}.`;
      return new RefusedMessage(error instanceof DomainError ? error : new DomainError('invalid_argument', message));
    }
  };
}

export interface Counted {
  /** Fields, including those of nested messages. Counting stops at the first one over the limit. */
  readonly fields: number;
  /** Item counts of the lists in the top-level message. */
  readonly items: ReadonlyMap<string, number>;
}

/** Counts without decoding. @throws if the bytes are not a message */
export function countFields(bytes: Uint8Array, type: protobuf.Type | undefined, maxFields: number): Counted {
  const items = new Map<string, number>();
  let fields = 0;
  const count = (reader: protobuf.Reader, end: number, of: protobuf.Type | undefined, level: number): void => {
    if (level > MAX_LEVELS) throw invalidArgument('', `The message is nested more than ${MAX_LEVELS} levels deep.`);
    while (reader.pos < end && fields <= maxFields) {
      const tag = reader.uint32();
      fields++;
      const field = of?.fieldsById[tag >>> 3];
      const isDelimited = (tag & 7) === 2;
      if (level === 1 && field?.repeated) {
        items.set(field.name, (items.get(field.name) ?? 0) + (isDelimited ? itemsIn(reader, field) : 1));
      }
      if (isDelimited && field?.resolvedType instanceof protobuf.Type) {
        count(reader, reader.uint32() + reader.pos, field.resolvedType, level + 1);
      } else reader.skipType(tag & 7);
    }
  };
  count(protobuf.Reader.create(bytes), bytes.length, type, 1);
  return { fields, items };
}

/** Packed numbers share one value and take at least a byte each. Does not move the reader. */
function itemsIn(reader: protobuf.Reader, { resolvedType, type }: protobuf.Field): number {
  if (resolvedType instanceof protobuf.Type || type === 'string' || type === 'bytes') return 1;
  const { pos } = reader;
  const length = reader.uint32();
  reader.pos = pos;
  return length;
}
