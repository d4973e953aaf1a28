import tls, { type ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import { DomainError } from '#libs/errors.js';
import { readCertificates, readKeyPair } from '../tls/pem.js';
import { type DatabaseTarget, type TlsTarget, describeTarget, parseDatabaseUrl } from './database-url.js';
import { CONNECT_TIMEOUT_MS } from './request-scope.js';

const APPLICATION = 'storewatch';

/**
 * The complete configuration of every pg connection. Nothing is left to pg's own parsing of URLs, whose TLS modes
 * differ from libpq's, or to its reading of the environment.
 * @param purpose  appended to the application name
 * @param settings session settings, which override those of the URL
 * @throws DomainError invalid_argument if a certificate file is unusable
 */
export function connectionConfig(url: string, purpose = '', settings: readonly string[] = []): ClientConfig {
  const target = parseDatabaseUrl(url);
  const options = [target.options, ...settings.map((setting) => `-c ${setting}`)].filter(Boolean).join(' ');
  return {
    host: target.host,
    port: target.port,
    user: target.user,
    password: target.password ?? (() => noPassword(target)),
    database: target.database,
    ssl: target.tls ? tlsOptions(target.tls, target.host) : false,
    application_name: [target.applicationName ?? APPLICATION, purpose].filter(Boolean).join(' '),
    connectionTimeoutMillis: target.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    ...(options !== '' && { options }),
  };
}

/** Called when the server requests a password; otherwise pg would read the user's password file. */
function noPassword(target: DatabaseTarget): never {
  throw new DomainError(
    'unavailable',
    `PostgreSQL at ${describeTarget(target)} requires a password for user ${target.user}, but DATABASE_URL has none: write it as user:password@.`,
  );
}

function tlsOptions({ mode, rootCert, client }: TlsTarget, host: string): ConnectionOptions {
  return {
    rejectUnauthorized: mode !== 'require',
    // pg passes only names to Node, not addresses. Without this, an address would be compared with "localhost".
    checkServerIdentity: (_name, certificate) =>
      mode === 'verify-full' ? tls.checkServerIdentity(host, certificate) : undefined,
    ...(rootCert !== undefined && { ca: authorities(rootCert) }),
    ...(client && keyPair(client)),
  };
}

function keyPair(client: NonNullable<TlsTarget['client']>): { cert: string; key: string } {
  const { cert, key } = readKeyPair({ cert: 'sslcert of DATABASE_URL', key: 'sslkey of DATABASE_URL' }, client);
  return { cert: cert.toString(), key: key.toString() };
}

const authorities = (rootCert: string): string | string[] =>
  rootCert === 'system'
    ? tls.getCACertificates('system')
    : readCertificates('sslrootcert of DATABASE_URL', rootCert).toString();
