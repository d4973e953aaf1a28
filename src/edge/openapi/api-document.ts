import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { BEARER, SCOPE_EXTENSION } from '../access/require-scope.js';
import { describeErrors, sharedResponses } from './described-errors.js';
import { addExamples } from './described-examples.js';
import { type OperationObject, methodsOf } from './openapi.js';
import { ProblemDto } from '../errors/problem.dto.js';

const OPENAPI_VERSION = '3.1.1';
/** Of its schemas: JSON Schema 2020-12 with the words of OpenAPI. */
const DIALECT = 'https://spec.openapis.org/oas/3.1/dialect/base';

const HERE = 'Where this document comes from';

const DESCRIPTION = `Whether each store was open when it should have been.

Times are RFC 3339 in UTC, intervals half-open: \`from <= t < to\`. Fields and query parameters that there are not are refused.
Lists come in pages: \`next_page_token\` of one page is \`page_token\` of the next, and null on the last.

Errors are RFC 9457 problem details: \`code\` says what it is, \`detail\` says it to people, \`errors\` says where it lies.`;

const TAGS = {
  fleet: 'All stores at a glance.',
  reports: 'Ask for reports, follow them, download them.',
  ingestion: 'Send polls, and files of polls and calendars.',
  schedules: 'Reports that are made by the clock, and left in the storage.',
  stores: 'Stores and their calendars: zone, weekly and special hours, life.',
  timelines: 'What the figures of a store rest on, and outages.',
  health: 'For whoever starts, stops and watches the process.',
} as const;

/**
 * The OpenAPI document of the REST interface. Handlers declare what is their own; what operations have in common is added here:
 * who may call them, the answers of errors, examples.
 * @param publicUrl of the settings
 */
export function openApiDocument(app: INestApplication, publicUrl?: string): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion(OPENAPI_VERSION)
    .setTitle('Storewatch')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: `sw_...`' }, BEARER);
  if (publicUrl === undefined) builder.addServer('/', HERE);
  // The second is for who asks this process itself. It is resolved against the address of the document (OpenAPI 3.1, 4.8.5).
  else builder.addServer(publicUrl, 'PUBLIC_URL').addServer('.', HERE);
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), { extraModels: [ProblemDto] });
  for (const item of Object.values(document.paths)) {
    for (const [, operation] of methodsOf(item)) {
      const scope = (operation as OperationObject & { [SCOPE_EXTENSION]?: string })[SCOPE_EXTENSION];
      dropHeadersTwice(operation);
      describeAccess(operation, scope);
      describeErrors(operation, scope === undefined);
    }
  }
  document.components = { ...document.components, responses: sharedResponses() };
  addExamples(document);
  // license.identifier and jsonSchemaDialect are of 3.1, and not among the types of @nestjs/swagger
  const info = { ...document.info, contact: { name: 'Storewatch' }, license: { name: 'MIT', identifier: 'MIT' } };
  const head = { openapi: OPENAPI_VERSION, info, jsonSchemaDialect: DIALECT };
  // people read it from the top
  return { ...head, ...document, ...head };
}

/** @nestjs/swagger adds the header of `@Headers('a-name')` also where `@ApiHeader` names it, if in capitals. */
function dropHeadersTwice(operation: OperationObject): void {
  const headers = (operation.parameters ?? []).flatMap((parameter) =>
    'in' in parameter && parameter.in === 'header' ? [parameter.name] : [],
  );
  const isAgain = (name: string): boolean => headers.some((other) => other !== name && other.toLowerCase() === name);
  operation.parameters =
    operation.parameters?.filter((parameter) => !('in' in parameter && isAgain(parameter.name))) ?? [];
}

function describeAccess(operation: OperationObject, scope: string | undefined): void {
  const access =
    scope === undefined ? 'Anyone may call it.' : `Needs an API key with the scope \`${scope}\`, where keys are on.`;
  if (scope === undefined) operation.security = [];
  operation.description = operation.description ? `${operation.description}\n\n${access}` : access;
}
