import { type AnySchema, Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenAPIObject } from '@nestjs/swagger';
import {
  type MediaTypeObject,
  type OperationObject,
  type ResponseObject,
  methodsOf,
} from '../../src/edge/openapi/openapi.js';

/** A request built from the examples in the OpenAPI document. */
export interface DocumentedRequest {
  readonly operationId: string;
  /** The name of the example, where an operation has several. */
  readonly name: string;
  readonly verb: string;
  readonly path: string;
  readonly type: string | undefined;
  /** The body as it is sent. */
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

  /** One request for each example of a body. Parameters are included if they have an example. */
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

  /** The response that is documented for a status, with its reference resolved. */
  responseOf(operationId: string, status: number): ResponseObject | undefined {
    const operation = this.operations().find((each) => each.operation.operationId === operationId)!.operation;
    const response = operation.responses[status];
    if (!response || !('$ref' in response)) return response;
    return this.document.components?.responses?.[response.$ref.split('/').at(-1)!] as ResponseObject;
  }

  /** Why a value does not match a schema of the document; undefined if it matches. */
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

/** Examples by name. A missing one is undefined. */
export function examplesOf({ example, examples, schema }: MediaTypeObject): [string, unknown][] {
  if (examples) return Object.entries(examples).map(([name, each]) => [name, 'value' in each ? each.value : undefined]);
  return [['example', example ?? (schema && 'example' in schema ? schema.example : undefined)]];
}

/** The path as Swagger UI fills it in. */
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
