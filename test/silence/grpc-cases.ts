import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';

export interface GrpcCase {
  readonly operation: string;
  /** What is large about the message. */
  readonly way: string;
  readonly path: string;
  readonly message: () => Buffer;
}

/** Slightly less than MAX_GRPC_MESSAGE_BYTES. */
const BYTES = 4 * 1024 * 1024 - 64;
const AT_MOST_ITEMS = 10_000;

const pairs = (tag: number): Buffer =>
  Buffer.alloc(BYTES, Buffer.from(protobuf.Writer.create().uint32(tag).uint32(0).finish()));
/** A length-delimited field. */
const delimited = (id: number, bytes: Uint8Array): Buffer =>
  Buffer.from(
    protobuf.Writer.create()
      .uint32((id << 3) | 2)
      .bytes(bytes)
      .finish(),
  );

/** Large messages for every field of every method. */
export function grpcCases(): GrpcCase[] {
  const file = fileURLToPath(new URL('../../proto/storewatch.binpb', import.meta.url));
  const { fromDescriptor } = protobuf.Root as unknown as { fromDescriptor: (set: object) => protobuf.Root };
  const root = fromDescriptor(descriptor.FileDescriptorSet.decode(readFileSync(file))).resolveAll();
  const services = (root.lookup('storewatch.v1') as protobuf.Namespace).nestedArray.filter(
    (found): found is protobuf.Service => found instanceof protobuf.Service,
  );
  return services.flatMap(({ name: service, methodsArray }) =>
    // These streams never end.
    methodsArray
      .filter(({ name }) => !name.startsWith('Watch'))
      .flatMap(({ name, resolvedRequestType }) => {
        const path = `/storewatch.v1.${service}/${name}`;
        return Object.entries(messagesOf(resolvedRequestType!)).map(([way, message]) => ({
          operation: `${service}/${name}`,
          way,
          path,
          message,
        }));
      }),
  );
}

function messagesOf(type: protobuf.Type): Record<string, () => Buffer> {
  const messages: Record<string, () => Buffer> = {
    'unknown fields': () => pairs(15 << 3),
    'unknown strings': () => pairs((15 << 3) | 2),
    'nested groups': () => Buffer.alloc(BYTES, (15 << 3) | 3),
    'an unknown string': () => delimited(15, Buffer.alloc(BYTES)),
    'random bytes': () => Buffer.alloc(BYTES, 0xff),
  };
  for (const { name, id, resolvedType, repeated, type: kind } of type.fieldsArray) {
    messages[`${name}: repeated`] = () => pairs((id << 3) | 2);
    messages[`${name}: repeated numbers`] = () => pairs(id << 3);
    if (resolvedType instanceof protobuf.Type) {
      messages[`${name}: unknown fields`] = () => delimited(id, pairs(15 << 3));
      const [text] = resolvedType.fieldsArray.filter((field) => field.type === 'string');
      if (text) messages[`${name}: a string`] = () => delimited(id, delimited(text.id, Buffer.alloc(BYTES, 'x')));
    } else if (kind === 'string' && !repeated) {
      messages[`${name}: a string`] = () => delimited(id, Buffer.alloc(BYTES, 'x'));
      messages[`${name}: blanks`] = () => delimited(id, Buffer.alloc(BYTES, ' '));
      messages[`${name}: digits`] = () => delimited(id, Buffer.alloc(BYTES, '9'));
    } else messages[`${name}: packed`] = () => delimited(id, Buffer.alloc(BYTES, 1));
    if (repeated) {
      const item = resolvedType ? Buffer.alloc(0) : Buffer.alloc(200, 'x');
      messages[`${name}: the maximum number`] = () =>
        Buffer.concat(Array.from({ length: AT_MOST_ITEMS }, () => delimited(id, item)));
    }
  }
  return messages;
}
