import { DomainError } from '#libs/errors.js';

/** The parts of a `postgresql://` URL that a connection needs. */
export interface DatabaseTarget {
  /** A name, an address without brackets, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Undefined: the server must not require one. */
  readonly password: string | undefined;
  readonly database: string;
  /** Undefined: no TLS. */
  readonly tls: TlsTarget | undefined;
  readonly applicationName: string | undefined;
  readonly connectTimeoutMs: number | undefined;
  /** Session settings, as libpq's `options`: `-c search_path=reports`. */
  readonly options: string | undefined;
}

export interface TlsTarget {
  /** As in libpq: whether to verify the certificate's authority, and the host name too. */
  readonly mode: 'require' | 'verify-ca' | 'verify-full';
  /** PEM file of certificate authorities; `system`: the operating system's; undefined: Node's. */
  readonly rootCert: string | undefined;
  /** PEM files of the client certificate. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
}

export const DATABASE_URL_FORM = 'postgresql://user:password@host:5432/name';

const DEFAULT_PORT = 5432;
const PARAMETERS = [
  'sslmode',
  'ssl',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'application_name',
  'connect_timeout',
  'options',
  'host',
  'port',
  'user',
  'password',
  'dbname',
] as const;
type Parameter = (typeof PARAMETERS)[number];
type Parameters = Readonly<Partial<Record<Parameter, string>>>;

const ENCODE = 'In the user name and password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25';

/** libpq parameters that often appear in URLs but are not supported here. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  target_session_attrs:
    'target_session_attrs is not supported: Storewatch connects to one server, which must accept writes. Remove it',
  channel_binding: 'channel_binding is not supported. Remove it; sslmode=verify-full authenticates the server',
};

/**
 * Parses a URL like libpq does (PostgreSQL documentation, "Connection URIs"), but ignores the environment and the
 * user's files, and rejects unknown parameters.
 * @throws DomainError invalid_argument; the message continues a sentence about DATABASE_URL and contains no password
 */
export function parseDatabaseUrl(text: string): DatabaseTarget {
  const { authority, path, query } = split(text.trim());
  const parameters = parseParameters(query);
  const at = authority.lastIndexOf('@');
  const [user, password] = parseCredentials(at < 0 ? '' : authority.slice(0, at));
  const { host, port } = parseAddress(authority.slice(at + 1));
  const target = {
    host: parameters.host ?? host,
    port: parsePort(parameters.port ?? port),
    user: parameters.user ?? user,
    password: parameters.password ?? password,
    database: parameters.dbname ?? decode(path.slice(1)),
    tls: parseTls(parameters),
    applicationName: parameters.application_name,
    connectTimeoutMs: parseTimeout(parameters.connect_timeout),
    options: parameters.options,
  };
  if (target.host === '') throw refusal(`names no host: write ${DATABASE_URL_FORM}`);
  if (target.host.includes(',')) throw refusal('names several hosts: Storewatch connects to one server. Name one');
  if (target.user === '') throw refusal(`names no user: write ${DATABASE_URL_FORM}`);
  if (target.database === '') throw refusal(`names no database: write it after the host, as in ${DATABASE_URL_FORM}`);
  if (target.tls && isSocket(target)) {
    throw refusal('requests TLS over a Unix socket, which does not support it. Remove sslmode, or name a host');
  }
  return target;
}

export const isSocket = ({ host }: DatabaseTarget): boolean => host.startsWith('/');

/** The target for people, without user and password. */
export function describeTarget({ host, port, database }: DatabaseTarget): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}

function split(text: string): { authority: string; path: string; query: string } {
  const [, rest] = /^postgres(?:ql)?:\/\/(.*)$/s.exec(text) ?? [];
  if (rest === undefined) throw refusal(`is not a PostgreSQL URL: write ${DATABASE_URL_FORM}`);
  // In a URL this starts a fragment. Here it is an unencoded password character, and everything after it would be lost.
  if (rest.includes('#')) throw refusal(`contains an unencoded #. ${ENCODE}`);
  const [, authority = '', path = '', query = ''] = /^([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(rest) ?? [];
  const atSigns = authority.split('@').length - 1;
  if (atSigns > 1 || path.includes('@') || (atSigns === 0 && query.includes('@'))) {
    throw refusal(`contains an unencoded @, / or ? before the host. ${ENCODE}`);
  }
  return { authority, path, query };
}

function parseCredentials(text: string): [user: string, password: string | undefined] {
  const colon = text.indexOf(':');
  if (colon < 0) return [decode(text), undefined];
  const password = decode(text.slice(colon + 1));
  return [decode(text.slice(0, colon)), password === '' ? undefined : password];
}

function parseAddress(text: string): { host: string; port: string } {
  const [, address, name = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text) ?? [];
  if (address === undefined && text.includes('[')) throw refusal('has an address without its closing bracket');
  return { host: address ?? decode(name), port };
}

function parsePort(text: string): number {
  if (text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  // The value is not shown: if the host is missing, it is the password.
  throw refusal(`has no port from 1 to 65535 after the host: write ${DATABASE_URL_FORM}. ${ENCODE}`);
}

function parseParameters(query: string): Parameters {
  const parameters: Partial<Record<Parameter, string>> = {};
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    if (!isParameter(name)) {
      throw refusal(
        UNSUPPORTED[name] ?? `has the unknown parameter ${name}. Known parameters: ${PARAMETERS.join(', ')}`,
      );
    }
    if (parameters[name] !== undefined) throw refusal(`has the parameter ${name} twice`);
    const value = equals < 0 ? '' : decode(part.slice(equals + 1));
    if (value === '') throw refusal(`has the parameter ${name} without a value`);
    parameters[name] = value;
  }
  return parameters;
}

const isParameter = (name: string): name is Parameter => (PARAMETERS as readonly string[]).includes(name);

function parseTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text) * 1000;
  throw refusal('has an invalid connect_timeout: it must be a whole number of seconds from 1 to 9999');
}

const VERIFY = 'sslmode=verify-full (with sslrootcert=FILE for a private certificate authority)';

function parseTls(parameters: Parameters): TlsTarget | undefined {
  const { sslrootcert: rootCert, sslcert: cert, sslkey: key } = parameters;
  const mode = parseMode(parameters);
  if (mode === 'disable' || mode === undefined) {
    const [left] = (['sslrootcert', 'sslcert', 'sslkey'] as const).filter((name) => parameters[name] !== undefined);
    if (left !== undefined) throw refusal(`has ${left} without TLS: write ${VERIFY} too`);
    return undefined;
  }
  if (rootCert === 'system' && mode !== 'verify-full') {
    throw refusal(
      'has sslrootcert=system, which needs sslmode=verify-full: system authorities issue certificates to anyone',
    );
  }
  if (mode === 'verify-ca' && rootCert === undefined) {
    throw refusal(
      'has sslmode=verify-ca without sslrootcert=FILE. Name the file of the authority, or write sslmode=verify-full',
    );
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw refusal(cert === undefined ? 'has sslkey without sslcert' : 'has sslcert without sslkey');
  }
  return {
    // As in libpq: naming an authority implies verifying it.
    mode: mode === 'require' && rootCert !== undefined ? 'verify-ca' : mode,
    rootCert,
    client: cert === undefined || key === undefined ? undefined : { cert, key },
  };
}

function parseMode({ ssl, sslmode, sslrootcert }: Parameters): TlsTarget['mode'] | 'disable' | undefined {
  if (ssl !== undefined && sslmode !== undefined) throw refusal('has both ssl and sslmode: write sslmode alone');
  if (ssl !== undefined) {
    if (ssl === 'true') return 'require';
    throw refusal('has an invalid ssl: it must be true. Write sslmode=disable for no TLS');
  }
  switch (sslmode) {
    case undefined:
      return sslrootcert === 'system' ? 'verify-full' : undefined;
    case 'disable':
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return sslmode;
    case 'allow':
    case 'prefer':
      throw refusal(
        `has sslmode=${sslmode}, which lets anyone on the network disable TLS. Write ${VERIFY}, sslmode=require for TLS without verifying the server, or sslmode=disable for none`,
      );
    default:
      throw refusal('has an invalid sslmode: it must be disable, require, verify-ca or verify-full');
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal(`contains a % that does not begin an encoded character. ${ENCODE}`);
  }
}

const refusal = (what: string): DomainError => new DomainError('invalid_argument', what, { field: 'DATABASE_URL' });
