import type { DomainError, ErrorCode, Fault } from '#libs/errors.js';
import { ERROR_TABLE } from './error-table.js';
import type { ProblemDto, ProblemErrorDto } from './problem.dto.js';

/** Parameters that the operation declares, and the query that was sent. */
export interface SentParameters {
  readonly parameters?: { readonly names: ReadonlySet<string>; readonly headers: ReadonlySet<string> } | undefined;
  readonly query?: object | undefined;
}

/** Stable, so clients may compare it. It is an identifier, not an address; see docs/errors.md. */
export const problemType = (code: ErrorCode): string => `urn:storewatch:problem:${code}`;

/**
 * RFC 9457 problem details of an error. `field` and `errors` locate it in the request.
 * @param requestId the X-Request-Id of the response
 */
export function toProblem(
  error: DomainError,
  sent: SentParameters = {},
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
    ...(error.faults.length === 0 ? {} : { errors: error.faults.map((fault) => toProblemError(fault, sent)) }),
    ...error.details,
  };
}

function toProblemError(
  { field, message: detail }: Fault,
  { parameters, query = {} }: SentParameters,
): ProblemErrorDto {
  if (parameters?.names.has(field) || Object.hasOwn(query, field)) return { parameter: field, detail };
  // services report a header in the spelling of a field: idempotency_key
  const header = field.replaceAll('_', '-').toLowerCase();
  if (parameters?.headers.has(header)) return { header, detail };
  return { pointer: toPointer(field), detail };
}

/** RFC 6901 as a URI fragment: `windows[2].from` is `#/windows/2/from`, and the whole body `#`. */
export function toPointer(field: string): string {
  const steps = field === '' ? [] : field.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  return `#${steps.map((step) => `/${encodeStep(step)}`).join('')}`;
}

/** A name sent by a client may contain anything, even a lone surrogate, which encodeURIComponent rejects. */
const encodeStep = (step: string): string =>
  encodeURIComponent(step.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'));
