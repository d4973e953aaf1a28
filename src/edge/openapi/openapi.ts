import type { OpenAPIObject } from '@nestjs/swagger';

/** Types of the parts of an OpenAPI document. @nestjs/swagger does not export them. */
export type PathItemObject = OpenAPIObject['paths'][string];
export type OperationObject = NonNullable<PathItemObject['get']>;
export type ParameterObject = Extract<NonNullable<OperationObject['parameters']>[number], { in: string }>;
export type ResponseObject = Extract<NonNullable<OperationObject['responses'][string]>, { description: string }>;
export type MediaTypeObject = NonNullable<ResponseObject['content']>[string];
export type SchemaObject = Extract<NonNullable<MediaTypeObject['schema']>, { type?: unknown }>;
export type ReferenceObject = Extract<NonNullable<MediaTypeObject['schema']>, { $ref: string }>;

const METHODS = ['head', 'get', 'put', 'post', 'delete', 'patch'] as const;
export type Method = (typeof METHODS)[number];

/** The operations of a path. */
export const methodsOf = (item: PathItemObject): [Method, OperationObject][] =>
  METHODS.flatMap((method) => (item[method] ? [[method, item[method]]] : []));
