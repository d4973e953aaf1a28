import { STATUS_CODES } from 'node:http';
import { getSchemaPath } from '@nestjs/swagger';
import { DomainError } from '#libs/errors.js';
import type { OperationObject, ResponseObject } from './openapi.js';
import { ProblemDto } from '../errors/problem.dto.js';
import { toProblem } from '../errors/problem.js';

const PROBLEM_TYPE = 'application/problem+json';

const RETRY_AFTER: ResponseObject['headers'] = {
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 } },
};
const AUTHENTICATE: ResponseObject['headers'] = {
  'WWW-Authenticate': { description: 'RFC 6750.', schema: { type: 'string', example: 'Bearer' } },
};

/** A response that many operations share. */
interface Shared {
  /** Component name in the OpenAPI document. */
  readonly name: string;
  readonly description: string;
  readonly example: DomainError;
  readonly headers?: ResponseObject['headers'];
}

const UNKNOWN_PARAMETER = 'Unknown query parameter "page"; expected page_size, page_token.';

const SHARED = {
  '400': {
    name: 'InvalidRequest',
    description: 'A parameter or field is invalid or unknown.',
    example: new DomainError('invalid_argument', UNKNOWN_PARAMETER, { field: 'page' }),
  },
  '401': {
    name: 'Unauthenticated',
    description: 'The API key is missing, unknown, revoked or expired.',
    example: new DomainError('unauthenticated', 'The API key is unknown, revoked or expired.'),
    headers: AUTHENTICATE,
  },
  '403': {
    name: 'PermissionDenied',
    description:
      'The API key lacks the required scope, or, while API keys are off, the request names a host that is not allowed or comes from another site.',
    example: new DomainError(
      'permission_denied',
      'The request needs an API key with the scope admin; key 0123456789ab has read.',
    ),
  },
  '413': {
    name: 'TooLarge',
    description: 'The body exceeds a limit; `detail` names its setting.',
    example: new DomainError('too_large', 'The body has more than 20971520 bytes (MAX_BODY_BYTES).'),
  },
  '415': {
    name: 'Unsupported',
    description: 'The content type or encoding of the body is not supported.',
    example: new DomainError('unsupported', 'Content-Type must be application/json, got "text/plain".'),
  },
  '429': {
    name: 'TooManyRequests',
    description: 'The rate limit or a concurrency limit is exceeded; `detail` names its setting.',
    example: new DomainError(
      'resource_exhausted',
      'More than 1000 requests in a second (MAX_REQUESTS_PER_SECOND); try again in 1 s.',
    ),
    headers: RETRY_AFTER,
  },
  '503': {
    name: 'Unavailable',
    description: 'The database or another dependency does not answer, or the process is stopping.',
    example: new DomainError('unavailable', 'The database does not answer. Try again in a moment.'),
    headers: RETRY_AFTER,
  },
  default: {
    name: 'Problem',
    description: 'Any other error.',
    example: new DomainError('internal', 'Internal error. The cause is in the server log.'),
  },
} as const satisfies Readonly<Record<string, Shared>>;

/** Components of the OpenAPI document. */
export const sharedResponses = (): Record<string, ResponseObject> =>
  Object.fromEntries(
    Object.values<Shared>(SHARED).map(({ name, description, example, headers }) => [
      name,
      { description, ...(headers && { headers }), content: content(example) },
    ]),
  );

/** Adds the shared responses to an operation, and the problem schema to the errors that it declares. */
export function describeErrors(operation: OperationObject, isPublic: boolean): void {
  const { responses } = operation;
  for (const [status, response] of Object.entries(responses)) {
    if (!response || '$ref' in response) continue;
    // without its own description, the shared one is used
    if (response.description === '' && status in SHARED) delete responses[status];
    response.description ||= STATUS_CODES[status] ?? status;
    if (/^[45]/.test(status)) response.content = content();
  }
  const wanted: (keyof typeof SHARED)[] = ['400', '429', '503', 'default'];
  if (!isPublic) wanted.push('401', '403');
  if (operation.requestBody) wanted.push('413', '415');
  for (const status of wanted) responses[status] ??= { $ref: `#/components/responses/${SHARED[status].name}` };
}

const content = (example?: DomainError): NonNullable<ResponseObject['content']> => ({
  [PROBLEM_TYPE]: { schema: { $ref: getSchemaPath(ProblemDto) }, ...(example && { example: toProblem(example) }) },
});
