import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';

export interface GrpcCase {
  readonly operation: string;
  /** In what it is large. */
  readonly way: string;
  readonly path: string;
  readonly message: () => Buffer;
}

/** MAX_GRPC_MESSAGE_BYTES, nearly. */
const BYTES = 4 * 1024 * 1024 - 64;
const AT_MOST_ITEMS = 10_000;

const pairs = (tag: number): Buffer =>
  Buffer.alloc(BYTES, Buffer.from(protobuf.Writer.create().uint32(tag).uint32(0).finish()));
/** A field of bytes. */
const delimited = (id: number, bytes: Uint8Array): Buffer =>
  Buffer.from(
    protobuf.Writer.create()
      .uint32((id << 3) | 2)
      .bytes(bytes)
      .finish(),
  );

/** Of every method, in every field. */
export function grpcCases(): GrpcCase[] {
  const file = fileURLToPath(new URL('../../proto/storewatch.binpb', import.meta.url));
  const { fromDescriptor } = protobuf.Root as unknown as { fromDescriptor: (set: object) => protobuf.Root };
  const root = fromDescriptor(descriptor.FileDescriptorSet.decode(readFileSync(file))).resolveAll();
  const services = (root.lookup('storewatch.v1') as protobuf.Namespace).nestedArray.filter(
    (found): found is protobuf.Service => found instanceof protobuf.Service,
  );
  return services.flatMap(({ name: service, methodsArray }) =>
    // an endless answer is no answer to wait for
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
    'unknown texts': () => pairs((15 << 3) | 2),
    'groups in groups': () => Buffer.alloc(BYTES, (15 << 3) | 3),
    'an unknown text': () => delimited(15, Buffer.alloc(BYTES)),
    'bytes that mean nothing': () => Buffer.alloc(BYTES, 0xff),
  };
  for (const { name, id, resolvedType, repeated, type: kind } of type.fieldsArray) {
    messages[`${name}: again and again`] = () => pairs((id << 3) | 2);
    messages[`${name}: numbers again and again`] = () => pairs(id << 3);
    if (resolvedType instanceof protobuf.Type) {
      messages[`${name}: unknown fields`] = () => delimited(id, pairs(15 << 3));
      const [text] = resolvedType.fieldsArray.filter((field) => field.type === 'string');
      if (text) messages[`${name}: a text`] = () => delimited(id, delimited(text.id, Buffer.alloc(BYTES, 'x')));
    } else if (kind === 'string' && !repeated) {
      messages[`${name}: a text`] = () => delimited(id, Buffer.alloc(BYTES, 'x'));
      messages[`${name}: blanks`] = () => delimited(id, Buffer.alloc(BYTES, ' '));
      messages[`${name}: digits`] = () => delimited(id, Buffer.alloc(BYTES, '9'));
    } else messages[`${name}: packed`] = () => delimited(id, Buffer.alloc(BYTES, 1));
    if (repeated) {
      const item = resolvedType ? Buffer.alloc(0) : Buffer.alloc(200, 'x');
      messages[`${name}: as many as may be`] = () =>
        Buffer.concat(Array.from({ length: AT_MOST_ITEMS }, () => delimited(id, item)));
    }
  }
  return messages;
}
