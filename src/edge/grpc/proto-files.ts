import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';

const { FileDescriptorProto, FileDescriptorSet } = descriptor;

export const PACKAGE = 'storewatch.v1';
/** The folder proto/, relative to src and to dist/src. */
export const PROTO_FOLDER = fileURLToPath(new URL('../../../proto', import.meta.url));

/** Descriptors of all files of proto/ and of grpc.health.v1, with their imports, as buf built them (npm run proto). */
const files = [...readSet('storewatch.binpb'), ...readSet('health.binpb')];
const withServices = files.filter((file) => file.package === PACKAGE && file.service?.length);

/** Paths of the files that define services of this package. */
export const SERVICE_FILES: readonly string[] = withServices.map(({ name }) => join(PROTO_FOLDER, name!));

/** Full names, such as `storewatch.v1.ReportsService`. */
export const SERVICES: readonly string[] = withServices.flatMap(({ service }) =>
  service!.map(({ name }) => `${PACKAGE}.${name}`),
);

/** google.protobuf.FileDescriptorProto of each file. */
export const encodedFiles = (): Buffer[] => files.map((file) => Buffer.from(FileDescriptorProto.encode(file).finish()));

/** Request types by method path, such as `/storewatch.v1.ReportsService/GetReport`. */
export function requestTypes(): ReadonlyMap<string, protobuf.Type> {
  // The extension adds fromDescriptor, but its types do not declare it.
  const { fromDescriptor } = protobuf.Root as unknown as { fromDescriptor: (set: object) => protobuf.Root };
  const root = fromDescriptor(FileDescriptorSet.create({ file: files })).resolveAll();
  const types = new Map<string, protobuf.Type>();
  for (const file of files) {
    for (const { name } of file.service ?? []) {
      const fullName = `${file.package}.${name}`;
      for (const method of root.lookupService(fullName).methodsArray) {
        types.set(`/${fullName}/${method.name}`, method.resolvedRequestType!);
      }
    }
  }
  return types;
}

function readSet(name: string): descriptor.IFileDescriptorProto[] {
  const set = FileDescriptorSet.decode(readFileSync(join(PROTO_FOLDER, name)));
  return (set as unknown as { file: descriptor.IFileDescriptorProto[] }).file;
}
