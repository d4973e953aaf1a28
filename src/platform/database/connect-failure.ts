import { DomainError } from '#libs/errors.js';
import { type DatabaseTarget, describeTarget } from './database-url.js';
import { errorCode } from './sql.js';

/** What pg says of a server that was asked for TLS and has none; it has no code. */
const NO_TLS = 'The server does not support SSL connections';

/** Of OpenSSL and Node: a certificate that is not by an authority that is trusted, or not now. */
const UNTRUSTED =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_|CERT_|INVALID_CA|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE)/;

/** Why a first connection to DATABASE_URL failed, what names the setting, and what to do about it. */
export function connectFailure(error: unknown, target: DatabaseTarget): DomainError {
  if (error instanceof DomainError) return error;
  return new DomainError('unavailable', `${sentence(error, target)}.`, undefined, { cause: error });
}

function sentence(error: unknown, target: DatabaseTarget): string {
  const { user, database, host, tls } = target;
  const server = `PostgreSQL at ${describeTarget(target)}`;
  const reason = reasonOf(error);
  const code = errorCode(error) ?? '';
  if (code === '28P01') {
    return `${server} refuses the password of the user ${user}. Correct it in DATABASE_URL; characters such as @ and / must be encoded there (%40, %2F)`;
  }
  if (code === '28000' && /no encryption|SSL off/.test(reason)) {
    return `${server} lets nobody in without TLS (${reason}). Add to DATABASE_URL: sslmode=verify-full, with sslrootcert=FILE where the authority is your own`;
  }
  if (code === '28000') {
    return `${server} does not let the user ${user} in: ${reason}. Correct DATABASE_URL, or create the user and allow it in the server's pg_hba.conf`;
  }
  if (code === '3D000') {
    return `There is no database ${database} on ${describeTarget(target).split('/')[0]}. Correct its name in DATABASE_URL, or create it: storewatch migrate --create`;
  }
  if (code === '42501') {
    return `The user ${user} of DATABASE_URL may not connect to the database ${database}: ${reason}. As the owner of the database run: grant connect on database ${quoted(database)} to ${quoted(user)}`;
  }
  if (reason === NO_TLS) {
    return `${server} has no TLS, and DATABASE_URL asks for it (sslmode=${tls?.mode}). Turn TLS on there (ssl = on), or write sslmode=disable where the network is trusted`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `The certificate of ${server} is not for ${host}: ${reason}. Write the name that is in the certificate in DATABASE_URL, or sslmode=verify-ca to check the authority alone`;
  }
  if (UNTRUSTED.test(code)) {
    return `The certificate of ${server} is not trusted: ${reason} (${code}). Name the file of its authority in DATABASE_URL: sslrootcert=FILE`;
  }
  if (/^ERR_SSL_.*ALERT.*CERTIFICATE/.test(code)) {
    return `${server} does not accept the certificate of this client: ${reason}. Name one in DATABASE_URL: sslcert=FILE&sslkey=FILE`;
  }
  return `${server} does not answer: ${reason}. Check that it runs there and takes connections, and that DATABASE_URL is right`;
}

/** Where a host has several addresses, Node's error is a list of one for each, and has no message itself. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  // not by instanceof: in Jest the errors of Node.js are of another realm
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}

/** A name as SQL has it. */
export const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
