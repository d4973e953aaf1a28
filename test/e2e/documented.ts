import { type AnySchema, Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenAPIObject } from '@nestjs/swagger';
import {
  type MediaTypeObject,
  type OperationObject,
  type ResponseObject,
  methodsOf,
} from '../../src/edge/openapi/openapi.js';

/** A request as the OpenAPI document shows it. */
export interface DocumentedRequest {
  readonly operationId: string;
  /** Of an operation with several examples: the name of this one. */
  readonly name: string;
  readonly verb: string;
  readonly path: string;
  readonly type: string | undefined;
  /** As it is sent. */
  readonly body: string | undefined;
}

/** An OpenAPI document, to be compared with what a server does. */
export class Documented {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(readonly document: OpenAPIObject) {
    addFormats.default(this.ajv);
    this.ajv.addFormat('binary', true);
    this.ajv.addSchema(document, 'openapi.json');
  }

  operations(): { verb: string; path: string; operation: OperationObject }[] {
    return Object.entries(this.document.paths).flatMap(([path, item]) =>
      methodsOf(item).map(([method, operation]) => ({ verb: method.toUpperCase(), path, operation })),
    );
  }

  /** One for each example of a body; parameters are those that have an example. */
  requests(): DocumentedRequest[] {
    return this.operations().flatMap(({ verb, path, operation }) =>
      this.bodiesOf(operation).map((body) => ({
        operationId: operation.operationId!,
        verb,
        path: pathOf(path, operation),
        ...body,
      })),
    );
  }

  /** The answer that is documented for a status, a reference followed. */
  responseOf(operationId: string, status: number): ResponseObject | undefined {
    const operation = this.operations().find((each) => each.operation.operationId === operationId)!.operation;
    const response = operation.responses[status];
    if (!response || !('$ref' in response)) return response;
    return this.document.components?.responses?.[response.$ref.split('/').at(-1)!] as ResponseObject;
  }

  /** What is wrong with a value of a schema of the document; none: undefined. */
  faultsOf(schema: MediaTypeObject['schema'], value: unknown): string | undefined {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi.json#/')) as AnySchema;
    return this.ajv.validate(absolute, value) ? undefined : this.ajv.errorsText();
  }

  private bodiesOf({ requestBody }: OperationObject): Pick<DocumentedRequest, 'name' | 'type' | 'body'>[] {
    if (!requestBody || '$ref' in requestBody) return [{ name: 'no body', type: undefined, body: undefined }];
    return Object.entries(requestBody.content).flatMap(([type, media]) =>
      examplesOf(media).map(([name, value]) => ({
        name,
        type,
        body: typeof value === 'string' ? value : JSON.stringify(value),
      })),
    );
  }
}

/** By name; one that the document does not have is undefined. */
export function examplesOf({ example, examples, schema }: MediaTypeObject): [string, unknown][] {
  if (examples) return Object.entries(examples).map(([name, each]) => [name, 'value' in each ? each.value : undefined]);
  return [['example', example ?? (schema && 'example' in schema ? schema.example : undefined)]];
}

/** As Swagger UI fills it in. */
function pathOf(path: string, { parameters = [] }: OperationObject): string {
  const query = new URLSearchParams();
  let filled = path;
  for (const parameter of parameters) {
    if ('$ref' in parameter) continue;
    const { name, in: place, schema } = parameter;
    const example: unknown = parameter.example ?? (schema && 'example' in schema ? schema.example : undefined);
    if (example === undefined) continue;
    const text = typeof example === 'string' ? example : JSON.stringify(example);
    if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(text));
    if (place === 'query') query.set(name, text);
  }
  return query.size === 0 ? filled : `${filled}?${query.toString()}`;
}
