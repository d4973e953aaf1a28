import { type ApiOperationOptions, DECORATORS, type OpenAPIObject } from '@nestjs/swagger';
import { type Method, methodsOf, type OperationObject, type ParameterObject } from './openapi.js';

/** The parameters of an operation, as the OpenAPI document has them. */
export interface Parameters {
  /** Names of the path and the query. */
  readonly names: ReadonlySet<string>;
  readonly query: ReadonlyMap<string, { readonly isList: boolean }>;
  /** In small letters. */
  readonly headers: ReadonlySet<string>;
}

/** What the OpenAPI document says of requests. */
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

  /** @param handler of a controller; undefined: it is not in the document */
  parametersOf(handler: object): Parameters | undefined {
    const operation = Reflect.getMetadata(DECORATORS.API_OPERATION, handler) as ApiOperationOptions | undefined;
    return this.byId.get(operation?.operationId ?? '');
  }

  /** In capitals, such as `GET`: what a path can be used with; none: there is no such path. */
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
  const of = (place: string): ParameterObject[] => all.filter((parameter) => parameter.in === place);
  const isList = ({ schema }: ParameterObject): boolean =>
    schema !== undefined && 'type' in schema && schema.type === 'array';
  return {
    names: new Set([...of('path'), ...of('query')].map(({ name }) => name)),
    query: new Map(of('query').map((parameter) => [parameter.name, { isList: isList(parameter) }])),
    headers: new Set(of('header').map(({ name }) => name.toLowerCase())),
  };
}

/** Whatever answers GET answers HEAD. */
const allowed = ([method]: [Method, OperationObject]): string[] =>
  method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];

/** `/v1/stores/{store_id}`: one segment for each parameter, and to the letter as routes are. */
const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
