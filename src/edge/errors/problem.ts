import type { DomainError, ErrorCode, Fault } from '#libs/errors.js';
import { ERROR_TABLE } from './error-table.js';
import type { ProblemDto, ProblemErrorDto } from './problem.dto.js';

/** What a request has beside its body: the names that its operation takes, and what came in its query. */
export interface Asked {
  readonly parameters?: { readonly names: ReadonlySet<string>; readonly headers: ReadonlySet<string> } | undefined;
  readonly query?: object | undefined;
}

/** Stable: clients may compare it. It is no address; docs/errors.md says what each means. */
export const problemType = (code: ErrorCode): string => `urn:storewatch:problem:${code}`;

/**
 * RFC 9457 problem details of an error; `field` and `errors` say where in the request it lies.
 * @param requestId the X-Request-Id of the answer
 */
export function toProblem(
  error: DomainError,
  asked: Asked = {},
  requestId?: string,
): ProblemDto & Record<string, unknown> {
  const { http, title } = ERROR_TABLE[error.code];
  return {
    type: problemType(error.code),
    title,
    status: http,
    detail: error.message,
    code: error.code,
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.faults.length === 0 ? {} : { errors: error.faults.map((fault) => toProblemError(fault, asked)) }),
    ...error.details,
  };
}

function toProblemError({ field, message: detail }: Fault, { parameters, query = {} }: Asked): ProblemErrorDto {
  if (parameters?.names.has(field) || Object.hasOwn(query, field)) return { parameter: field, detail };
  // services name a header as they name a field
  const header = field.replaceAll('_', '-').toLowerCase();
  if (parameters?.headers.has(header)) return { header, detail };
  return { pointer: toPointer(field), detail };
}

/** RFC 6901 as a URI fragment: `windows[2].from` is `#/windows/2/from`, and the whole body `#`. */
export function toPointer(field: string): string {
  const steps = field === '' ? [] : field.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  return `#${steps.map((step) => `/${encodeStep(step)}`).join('')}`;
}

/** A name that a client made up may hold anything, also half of a surrogate pair, which no URI has. */
const encodeStep = (step: string): string =>
  encodeURIComponent(step.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'));
