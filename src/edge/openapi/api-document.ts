import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { BEARER, SCOPE_EXTENSION } from '../access/require-scope.js';
import { describeErrors, sharedResponses } from './described-errors.js';
import { addExamples } from './described-examples.js';
import { type OperationObject, methodsOf } from './openapi.js';
import { ProblemDto } from '../errors/problem.dto.js';

const OPENAPI_VERSION = '3.1.1';
/** Dialect of its schemas: JSON Schema 2020-12 with OpenAPI keywords. */
const DIALECT = 'https://spec.openapis.org/oas/3.1/dialect/base';

const THIS_SERVER = 'The server of this document';

const DESCRIPTION = `Uptime and downtime of stores during their business hours.

Times are RFC 3339 in UTC. Intervals are half-open: \`from <= t < to\`. Unknown fields and query parameters are rejected.
Lists are paginated: send \`next_page_token\` of a response as \`page_token\` of the next request. It is null on the last page.

Errors are RFC 9457 problem details: \`code\` is for programs, \`detail\` is for people, and \`errors\` lists the invalid fields.`;

const TAGS = {
  fleet: 'Overview of all stores.',
  reports: 'Request, follow and download reports.',
  ingestion: 'Send polls, and import files of polls and calendars.',
  schedules: 'Reports that run on a schedule and are written to the report storage.',
  stores: 'Stores and their calendars: timezone, business hours, special hours, first and last day.',
  timelines: 'The evidence behind the figures of a store, and outages.',
  keys: 'API keys.',
  health: 'Health checks and metrics of the process.',
} as const;

/**
 * The OpenAPI document of the REST API. Handlers declare what is specific to them. What operations share is added here: access,
 * error responses, examples.
 * @param publicUrl the setting PUBLIC_URL
 */
export function openApiDocument(app: INestApplication, publicUrl?: string): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion(OPENAPI_VERSION)
    .setTitle('Storewatch')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: `sw_...`' }, BEARER);
  if (publicUrl === undefined) builder.addServer('/', THIS_SERVER);
  // The second is for clients that connect directly. It is relative to the address of the document (OpenAPI 3.1, 4.8.5).
  else builder.addServer(publicUrl, 'PUBLIC_URL').addServer('.', THIS_SERVER);
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), { extraModels: [ProblemDto] });
  for (const item of Object.values(document.paths)) {
    for (const [, operation] of methodsOf(item)) {
      const scope = (operation as OperationObject & { [SCOPE_EXTENSION]?: string })[SCOPE_EXTENSION];
      dropDuplicateHeaders(operation);
      describeAccess(operation, scope);
      describeErrors(operation, scope === undefined);
    }
  }
  document.components = { ...document.components, responses: sharedResponses() };
  addExamples(document);
  // license.identifier and jsonSchemaDialect are new in 3.1; the types of @nestjs/swagger lack them
  const info = { ...document.info, contact: { name: 'Storewatch' }, license: { name: 'MIT', identifier: 'MIT' } };
  const head = { openapi: OPENAPI_VERSION, info, jsonSchemaDialect: DIALECT };
  // `head` comes first for readers, and last to override
  return { ...head, ...document, ...head };
}

/** @nestjs/swagger lists a header twice if `@Headers('a-name')` and `@ApiHeader` differ in case. Drops the lower-case one. */
function dropDuplicateHeaders(operation: OperationObject): void {
  const headers = (operation.parameters ?? []).flatMap((parameter) =>
    'in' in parameter && parameter.in === 'header' ? [parameter.name] : [],
  );
  const isAgain = (name: string): boolean => headers.some((other) => other !== name && other.toLowerCase() === name);
  operation.parameters =
    operation.parameters?.filter((parameter) => !('in' in parameter && isAgain(parameter.name))) ?? [];
}

function describeAccess(operation: OperationObject, scope: string | undefined): void {
  const access =
    scope === undefined
      ? 'Requires no API key.'
      : `Requires an API key with the scope \`${scope}\`, if API keys are on.`;
  if (scope === undefined) operation.security = [];
  operation.description = operation.description ? `${operation.description}\n\n${access}` : access;
}
