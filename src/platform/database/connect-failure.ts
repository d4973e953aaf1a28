import { DomainError } from '#libs/errors.js';
import { type DatabaseTarget, describeTarget } from './database-url.js';
import { errorCode } from './sql.js';

/** pg's message for a server without TLS. The error has no code. */
const NO_TLS = 'The server does not support SSL connections';

/**
 * Error codes of OpenSSL and Node for a certificate that is not signed by a trusted authority or not currently valid.
 */
const UNTRUSTED =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_|CERT_|INVALID_CA|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE)/;

/** Explains why a first connection to DATABASE_URL failed, and what to do about it. */
export function connectFailure(error: unknown, target: DatabaseTarget): DomainError {
  if (error instanceof DomainError) return error;
  return new DomainError('unavailable', `${sentence(error, target)}.`, { cause: error });
}

function sentence(error: unknown, target: DatabaseTarget): string {
  const { user, database, host, tls } = target;
  const server = `PostgreSQL at ${describeTarget(target)}`;
  const reason = reasonOf(error);
  const code = errorCode(error) ?? '';
  if (code === '28P01') {
    return `${server} rejects the password of user ${user}. Correct it in DATABASE_URL; characters such as @ and / must be percent-encoded (%40, %2F)`;
  }
  if (code === '28000' && /no encryption|SSL off/.test(reason)) {
    return `${server} requires TLS (${reason}). Add sslmode=verify-full to DATABASE_URL, and sslrootcert=FILE if you use a private certificate authority`;
  }
  if (code === '28000') {
    return `${server} rejects the user ${user}: ${reason}. Correct DATABASE_URL, or create the user and allow it in the server's pg_hba.conf`;
  }
  if (code === '3D000') {
    return `There is no database ${database} on ${describeTarget(target).split('/')[0]}. Correct its name in DATABASE_URL, or create it: storewatch migrate --create`;
  }
  if (code === '42501') {
    return `The user ${user} of DATABASE_URL may not connect to the database ${database}: ${reason}. As the owner of the database run: grant connect on database ${quoted(database)} to ${quoted(user)}`;
  }
  if (reason === NO_TLS) {
    return `${server} does not support TLS, but DATABASE_URL requires it (sslmode=${tls?.mode}). Enable TLS on the server (ssl = on), or use sslmode=disable on a trusted network`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `The certificate of ${server} is not for ${host}: ${reason}. In DATABASE_URL use the name in the certificate, or sslmode=verify-ca to check only the authority`;
  }
  if (UNTRUSTED.test(code)) {
    return `The certificate of ${server} is not trusted: ${reason} (${code}). Add its authority's certificate to DATABASE_URL: sslrootcert=FILE`;
  }
  if (/^ERR_SSL_.*ALERT.*CERTIFICATE/.test(code)) {
    return `${server} rejects the client certificate: ${reason}. Set one in DATABASE_URL: sslcert=FILE&sslkey=FILE`;
  }
  return `${server} does not answer: ${reason}. Check that it is running and accepts connections, and that DATABASE_URL is correct`;
}

/** Node reports one error per address for a host with several addresses, in an AggregateError without a message. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  // No instanceof: in Jest, Node's own errors belong to another realm.
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}

/** An SQL identifier, quoted if necessary. */
export const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
