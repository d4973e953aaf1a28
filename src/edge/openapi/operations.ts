import { type ApiOperationOptions, DECORATORS, type OpenAPIObject } from '@nestjs/swagger';
import { type Method, methodsOf, type OperationObject, type ParameterObject } from './openapi.js';

/** The parameters of an operation in the OpenAPI document. */
export interface Parameters {
  /** Names of path and query parameters. */
  readonly names: ReadonlySet<string>;
  readonly query: ReadonlyMap<string, { readonly isList: boolean }>;
  /** In lower case. */
  readonly headers: ReadonlySet<string>;
}

/** The operations of the OpenAPI document. */
export class Operations {
  private readonly byId: ReadonlyMap<string, Parameters>;
  private readonly paths: readonly PathMethods[];

  constructor({ paths }: OpenAPIObject) {
    const all = Object.entries(paths).map(([path, item]) => ({ path, operations: methodsOf(item) }));
    this.byId = new Map(
      all.flatMap(({ operations }) =>
        operations.map(([, operation]) => [operation.operationId ?? '', toParameters(operation)] as const),
      ),
    );
    this.paths = all.map(({ path, operations }) => ({
      pattern: patternOf(path),
      methods: operations.flatMap(allowed),
    }));
  }

  /** @param handler a controller's method @returns undefined if it is not in the document */
  parametersOf(handler: object): Parameters | undefined {
    const operation = Reflect.getMetadata(DECORATORS.API_OPERATION, handler) as ApiOperationOptions | undefined;
    return this.byId.get(operation?.operationId ?? '');
  }

  /** Methods of a path in upper case, such as `GET`; none if there is no such path. */
  methodsAt(path: string): string[] {
    return [...new Set(this.paths.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : [])))];
  }
}

interface PathMethods {
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

function toParameters({ parameters = [] }: OperationObject): Parameters {
  const all = parameters.filter((parameter): parameter is ParameterObject => 'in' in parameter);
  const of = (location: string): ParameterObject[] => all.filter((parameter) => parameter.in === location);
  const isList = ({ schema }: ParameterObject): boolean =>
    schema !== undefined && 'type' in schema && schema.type === 'array';
  return {
    names: new Set([...of('path'), ...of('query')].map(({ name }) => name)),
    query: new Map(of('query').map((parameter) => [parameter.name, { isList: isList(parameter) }])),
    headers: new Set(of('header').map(({ name }) => name.toLowerCase())),
  };
}

/** Express also answers HEAD where GET is defined. */
const allowed = ([method]: [Method, OperationObject]): string[] =>
  method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];

/** `/v1/stores/{store_id}`: one segment for each parameter, matched exactly like the routes. */
const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
