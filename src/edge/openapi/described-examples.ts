import type { OpenAPIObject } from '@nestjs/swagger';
import { type MediaTypeObject, type ReferenceObject, type SchemaObject, methodsOf } from './openapi.js';

type Schemas = Readonly<Record<string, SchemaObject | ReferenceObject>>;

/** Examples for fields of these formats that have none. */
const OF_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-01-12T17:00:00.000Z',
  date: '2026-01-12',
  uuid: '0d9a4a0c-7f0e-4c5b-9c3e-5a1f5f3a2b10',
};

/** Gives every JSON body and response without an example one that is built from the examples of its fields. */
export function addExamples({ paths, components }: OpenAPIObject): void {
  const schemas: Schemas = components?.schemas ?? {};
  for (const item of Object.values(paths)) {
    for (const [, { requestBody, responses }] of methodsOf(item)) {
      for (const part of [requestBody, ...Object.values(responses)]) {
        const json = part && 'content' in part ? part.content?.['application/json'] : undefined;
        if (json?.schema && !hasExample(json)) json.example = exampleOf(json.schema, schemas);
      }
    }
  }
}

const hasExample = (media: MediaTypeObject): boolean => 'example' in media || 'examples' in media;

/** The example of the schema, or one built from its parts. */
function exampleOf(schema: SchemaObject | ReferenceObject, schemas: Schemas): unknown {
  if ('$ref' in schema) return exampleOf(schemas[schema.$ref.replace(/.*\//, '')], schemas);
  const { example, examples, enum: values, properties, items, allOf, anyOf, format } = schema;
  if (example !== undefined) return example;
  if (Array.isArray(examples)) return examples[0];
  if (values) return values[0];
  if (properties) {
    return Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, exampleOf(property, schemas)]),
    );
  }
  const [inner] = allOf ?? anyOf ?? [];
  if (inner) return exampleOf(inner, schemas);
  // a nullable field in OpenAPI 3.1
  if (Array.isArray(schema.type) && schema.type.includes('null')) return null;
  if (items) return [exampleOf(items, schemas)];
  return OF_FORMAT[format ?? ''];
}
