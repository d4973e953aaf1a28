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

/** An answer that many operations have. */
interface Shared {
  /** Under this name it is in the OpenAPI document. */
  readonly name: string;
  readonly description: string;
  readonly example: DomainError;
  readonly headers?: ResponseObject['headers'];
}

const UNKNOWN_PARAMETER = 'There is no query parameter "page" here; there are: page_size, page_token.';

const SHARED = {
  '400': {
    name: 'InvalidRequest',
    description: 'A parameter or a field cannot be used, or there is none of that name.',
    example: new DomainError('invalid_argument', UNKNOWN_PARAMETER, 'page'),
  },
  '401': {
    name: 'Unauthenticated',
    description: 'No API key, or one that is unknown, revoked or expired.',
    example: new DomainError('unauthenticated', 'The API key is unknown, revoked or expired.'),
    headers: AUTHENTICATE,
  },
  '403': {
    name: 'PermissionDenied',
    description:
      'The API key lacks the required scope, or, while API keys are off, the request names a host that is not allowed or comes from another site.',
    example: new DomainError(
      'permission_denied',
      'This needs an API key with the scope admin; key 0123456789ab has read.',
    ),
  },
  '413': {
    name: 'TooLarge',
    description: 'The body is over a limit, which is named.',
    example: new DomainError('too_large', 'The body holds more than the 20971520 bytes of MAX_BODY_BYTES.'),
  },
  '415': {
    name: 'Unsupported',
    description: 'The body is of a type or an encoding that is not read here.',
    example: new DomainError(
      'unsupported',
      'Content-Type "text/plain" is not read here; send JSON as application/json.',
    ),
  },
  '429': {
    name: 'TooManyRequests',
    description: 'More than MAX_REQUESTS_PER_SECOND, or more at once than another limit, which is named.',
    example: new DomainError(
      'resource_exhausted',
      'More than 1000 requests a second (MAX_REQUESTS_PER_SECOND); send again in 1 s.',
    ),
    headers: RETRY_AFTER,
  },
  '503': {
    name: 'Unavailable',
    description: 'A part that is needed does not answer, or the process is stopping.',
    example: new DomainError('unavailable', 'The database does not answer. Try again in a moment.'),
    headers: RETRY_AFTER,
  },
  default: {
    name: 'Problem',
    description: 'Any other error.',
    example: new DomainError('internal', 'Something went wrong inside Storewatch; its log says what.'),
  },
} as const satisfies Readonly<Record<string, Shared>>;

/** For the components of the OpenAPI document. */
export const sharedResponses = (): Record<string, ResponseObject> =>
  Object.fromEntries(
    Object.values<Shared>(SHARED).map(({ name, description, example, headers }) => [
      name,
      { description, ...(headers && { headers }), content: content(example) },
    ]),
  );

/** Gives an operation the answers that many have, and makes problems of those that it has declared. */
export function describeErrors(operation: OperationObject, isPublic: boolean): void {
  const { responses } = operation;
  for (const [status, response] of Object.entries(responses)) {
    if (!response || '$ref' in response) continue;
    // one that says no more than the shared one says
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
