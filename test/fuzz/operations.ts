/** A server's routes, from its OpenAPI document. */

export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly example?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}
export type Schemas = Readonly<Record<string, Schema>>;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
}
interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}
interface OperationBody {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationBody>>>>;
  readonly components: { readonly schemas: Schemas };
}

export interface Operation {
  readonly verb: string;
  /** `/v1/stores/{store_id}` */
  readonly path: string;
  readonly queryNames: readonly string[];
  /** The schema of a JSON body; undefined without one. */
  readonly body: Schema | undefined;
  /** The documented types of its responses. */
  readonly types: readonly string[];
}

/** Unknown routes, and the pages of the documentation. */
const ODD_PATHS = ['/{odd}', '/{odd}/{odd}', '/v1/{odd}', '/v1/stores/{odd}/{odd}', '/docs/{odd}'];
const PAGES = ['text/html', 'text/css', 'text/javascript', 'image/png'];

/** Operations with a JSON body, or none. */
export function operationsOf({ paths }: OpenApi): Operation[] {
  const odd = ODD_PATHS.map((path) => ({ verb: 'GET', path, queryNames: [], body: undefined, types: PAGES }));
  const documented = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, { parameters = [], requestBody, responses }]) => ({
      verb: verb.toUpperCase(),
      path,
      queryNames: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
      body: requestBody?.content?.['application/json']?.schema,
      types: typesOf(verb === 'head' ? verbs['get'].responses : responses), // HEAD answers as GET would
    })),
  );
  return [...documented, ...odd];
}

const typesOf = (responses: OperationBody['responses']): string[] =>
  Object.values(responses).flatMap(({ content }) => Object.keys(content ?? { 'application/json': {} }));
