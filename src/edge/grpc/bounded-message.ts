import protobuf from 'protobufjs';
import { DomainError, invalidArgument } from '#libs/errors.js';
import type { Settings } from '../../platform/config/settings.js';
import { maxItems, tooManyItems } from '../limits/list-limits.js';

/** What protobufjs makes of a field costs as much as ten bytes of text: a message of two-byte fields takes seconds to decode. */
const FIELDS_PER_POLL = 8;
const FEWEST_FIELDS = 100_000;
/** Where messages hold messages; ours need four. */
const MAX_LEVELS = 16;

/** A message that is not decoded, and why. It takes the place of the message, since grpc-js says INTERNAL of whatever decoding throws. */
export class RefusedMessage {
  constructor(readonly error: DomainError) {}
}

type Decode = (bytes: Buffer) => unknown;
type Limits = Pick<Settings, 'maxPollsPerBatch'>;

/**
 * Decodes messages of a type whose fields and lists are not too many: these are counted first, which takes a fraction of the time.
 * @param type undefined: messages of it hold no others
 * @returns a RefusedMessage for what is over a limit or cannot be decoded
 */
export function boundedDecode(decode: Decode, type: protobuf.Type | undefined, limits: Limits): Decode {
  const maxFields = Math.max(FEWEST_FIELDS, FIELDS_PER_POLL * limits.maxPollsPerBatch);
  return (bytes) => {
    try {
      const counted = countFields(bytes, type, maxFields);
      const isCut = counted.fields > maxFields;
      for (const [field, count] of counted.items) {
        const shown = isCut ? `more than ${count}` : String(count);
        if (count > maxItems(field, limits)) return new RefusedMessage(tooManyItems(field, shown, limits));
      }
      if (isCut) {
        const message = `The message holds more than ${maxFields} fields. Send several.`;
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
  /** Fields of the message and of those in it. Counting ends with the first one that is more than asked for. */
  readonly fields: number;
  /** How many items the lists of the message itself have. */
  readonly items: ReadonlyMap<string, number>;
}

/** Counts without decoding. @throws when it is no message at all */
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

/** Numbers may come packed into one value; each takes a byte or more. Leaves the reader where it is. */
function itemsIn(reader: protobuf.Reader, { resolvedType, type }: protobuf.Field): number {
  if (resolvedType instanceof protobuf.Type || type === 'string' || type === 'bytes') return 1;
  const { pos } = reader;
  const length = reader.uint32();
  reader.pos = pos;
  return length;
}
