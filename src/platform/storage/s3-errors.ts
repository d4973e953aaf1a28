import { DomainError, quoteValue } from '#libs/errors.js';

const RETRY_AFTER_SECONDS = 5;

/** What an error code of S3 or Node means, and what to check. */
const REASONS: Readonly<Record<string, (bucket: string) => string>> = {
  CredentialsProviderError: () =>
    'no credentials are configured. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the process a profile or a role',
  InvalidAccessKeyId: () => 'the server does not know the access key. Check AWS_ACCESS_KEY_ID and the endpoint',
  SignatureDoesNotMatch: () => 'the signature is wrong. Check AWS_SECRET_ACCESS_KEY, and AWS_REGION',
  ExpiredToken: () => 'the credentials have expired. Check AWS_SESSION_TOKEN',
  InvalidToken: () => 'the session token is wrong. Check AWS_SESSION_TOKEN',
  RequestTimeTooSkewed: () => 'the clocks of this machine and of the server differ too much. Synchronize them',
  AccessDenied: (bucket) =>
    `the credentials may not do that in the bucket ${bucket}. docs/operations.md lists the permissions under Storage`,
  NoSuchBucket: (bucket) =>
    `there is no bucket ${bucket}. Create it, or check STORAGE_URL, AWS_REGION and AWS_ENDPOINT_URL_S3`,
  PermanentRedirect: (bucket) => `the bucket ${bucket} is in another region. Check AWS_REGION`,
  QuotaExceeded: (bucket) => `the quota of the bucket ${bucket}, or of its owner, is used up`,
  EndpointError: () => 'the endpoint is not a URL. Check AWS_ENDPOINT_URL_S3: http://host:port or https://host',
  NotImplemented: () =>
    'the server does not support the request, most likely the checksums that the AWS SDK sends with every upload. Set ' +
    'AWS_REQUEST_CHECKSUM_CALCULATION=when_required',
  WebPage: () =>
    'the endpoint answered with a web page (HTML): a proxy or a sign-in page answers instead of S3. Check ' +
    'AWS_ENDPOINT_URL_S3 and the network',
  ENOTFOUND: () => 'the host of the endpoint is unknown. Check AWS_ENDPOINT_URL_S3, AWS_REGION and the network',
  ECONNREFUSED: () => 'the connection was refused. Check AWS_ENDPOINT_URL_S3, and that the server runs',
  ECONNRESET: () => 'the connection broke off',
  TimeoutError: () => 'the server did not answer in time. Check AWS_ENDPOINT_URL_S3, the server and the network',
  TLS: () =>
    'the endpoint has no trusted TLS certificate. Check AWS_ENDPOINT_URL_S3, or add its authority with NODE_EXTRA_CA_CERTS',
};

/** Codes with the same meaning as another one. */
const ALIASES: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'ENOTFOUND',
  EHOSTUNREACH: 'ECONNREFUSED',
  ENETUNREACH: 'ECONNREFUSED',
  EPIPE: 'ECONNRESET',
  ETIMEDOUT: 'TimeoutError',
  AbortError: 'TimeoutError',
  AuthorizationHeaderMalformed: 'PermanentRedirect',
  IllegalLocationConstraintException: 'PermanentRedirect',
  AllAccessDisabled: 'AccessDenied',
  Forbidden: 'AccessDenied',
  EPROTO: 'TLS',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLS',
  CERT_HAS_EXPIRED: 'TLS',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS',
};

/** The SDK's checksum headers. Servers that do not support them name them in the error, each with a different code. */
const CHECKSUM_HEADER = /x-amz-(sdk-)?checksum|x-amz-trailer|STREAMING-UNSIGNED-PAYLOAD-TRAILER/i;

/** Temporary errors: a retry may succeed. */
const TEMPORARY = new Set(['ENOTFOUND', 'ECONNREFUSED', 'ECONNRESET', 'TimeoutError']);

/** The fields of an AWS SDK error that are used here. */
interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly stack?: string;
  readonly errors?: readonly unknown[];
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string; readonly attempts?: number };
}

/** An error in the SDK's form for a response that does not come from S3. */
export const webPage = (status: number): Error =>
  Object.assign(new Error('a web page'), { name: 'WebPage', $metadata: { httpStatusCode: status } });

/** The error code of S3, or of Node's network stack. */
export function errorName(error: unknown): string {
  const { name = '', code = '', errors = [], message = '', $metadata = {} } = error as SdkError;
  if ($metadata.httpStatusCode === 501) return 'NotImplemented';
  if ($metadata.httpStatusCode === 400 && CHECKSUM_HEADER.test(message)) return 'NotImplemented';
  // A host with several addresses, all of which failed.
  if (name === 'AggregateError') return errorName(errors[0] ?? {});
  if (code in REASONS || code in ALIASES) return ALIASES[code] ?? code;
  return ALIASES[name] ?? name;
}

/** Whether this is the error of a HEAD request, whose response has only a status. */
export const hasNoBody = (error: unknown): boolean => {
  const status = (error as SdkError).$metadata?.httpStatusCode ?? 0;
  return status >= 300 && status < 500;
};

/**
 * Converts an AWS SDK error to a DomainError. Neither the result nor its cause contains the request, which may contain
 * credentials.
 * @param what the failed operation: `The storage s3://b could not store x`
 */
export function unavailable(what: string, error: unknown, bucket: string): DomainError {
  if (error instanceof DomainError) return error;
  const { $metadata: { httpStatusCode: status = 0 } = {}, message = '' } = error as SdkError;
  const name = errorName(error);
  const isTemporary = TEMPORARY.has(name) || (status >= 500 && status !== 501) || status === 429;
  const reason = REASONS[name]?.(bucket) ?? otherwise(name, status, message);
  return new DomainError('unavailable', `${what}: ${reason}.`, {
    cause: causeOf(error as SdkError),
    ...(isTemporary && { retryAfterSeconds: RETRY_AFTER_SECONDS }),
  });
}

function otherwise(name: string, status: number, message: string): string {
  if (status >= 500 || status === 429) {
    return `the server answered with ${status}${name === 'Unknown' ? '' : ` ${name}`}, also after retries`;
  }
  if (/^Region (is missing|not accepted)/.test(message)) {
    return 'the region is missing or invalid. Set AWS_REGION (us-east-1 if the server has no regions)';
  }
  return `${status === 0 ? '' : `${status} `}${name} ${quoteValue(message, 200)}`;
}

/** The cause, for the log. */
function causeOf({ name, code, message, stack, $metadata = {} }: SdkError): Error {
  const { httpStatusCode, requestId, attempts } = $metadata;
  const about = Object.entries({ code, status: httpStatusCode, request: requestId, attempts })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${value}`);
  const cause = new Error(`${name}: ${message} (${about.join(', ')})`);
  if (stack !== undefined) cause.stack = `${cause.message}\n${stack.split('\n').slice(1).join('\n')}`;
  return cause;
}
