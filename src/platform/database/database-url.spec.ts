import { describe, expect, it } from '@jest/globals';
import { describeTarget, parseDatabaseUrl } from './database-url.js';

const PLAIN = {
  host: 'db.example.com',
  port: 5433,
  user: 'me',
  password: 'secret',
  database: 'stores',
  tls: undefined,
  applicationName: undefined,
  connectTimeoutMs: undefined,
  options: undefined,
};

const problem = (url: string): string => {
  try {
    parseDatabaseUrl(url);
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a database URL', () => {
  it('contains host, port, database, user and password', () => {
    expect(parseDatabaseUrl('postgresql://me:secret@db.example.com:5433/stores')).toEqual(PLAIN);
    expect(parseDatabaseUrl('postgres://me:secret@db.example.com:5433/stores\n')).toEqual(PLAIN);
    expect(parseDatabaseUrl('postgresql://me@localhost/x')).toMatchObject({ port: 5432, password: undefined });
    expect(parseDatabaseUrl('postgresql://a%40b:%23%2F%3F%3A%25@h/d%20b')).toMatchObject({
      user: 'a@b',
      password: '#/?:%',
      database: 'd b',
    });
  });

  it('may contain an IPv6 address or the folder of a Unix socket', () => {
    const local = parseDatabaseUrl('postgresql://me@[::1]:5433/x');
    expect(local).toMatchObject({ host: '::1', port: 5433 });
    expect(describeTarget(local)).toBe('[::1]:5433/x');
    for (const url of ['postgresql://me@%2Frun%2Fpostgresql/x', 'postgresql:///x?host=/run/postgresql&user=me']) {
      expect(parseDatabaseUrl(url)).toMatchObject({ host: '/run/postgresql', user: 'me', database: 'x' });
    }
  });

  it('may contain further connection settings', () => {
    const url = 'postgresql://me@h/x?application_name=a%40b&connect_timeout=3&options=-c%20search_path%3Dreports';
    expect(parseDatabaseUrl(url)).toMatchObject({
      applicationName: 'a@b',
      connectTimeoutMs: 3_000,
      options: '-c search_path=reports',
    });
  });

  it('configures TLS like libpq does', () => {
    const tls = (parameters: string): unknown => parseDatabaseUrl(`postgresql://me@h/x?${parameters}`).tls;
    const none = { rootCert: undefined, client: undefined };
    expect(tls('sslmode=disable')).toBeUndefined();
    expect(tls('sslmode=require')).toEqual({ mode: 'require', ...none });
    expect(tls('ssl=true')).toEqual({ mode: 'require', ...none });
    expect(tls('sslmode=require&sslrootcert=ca.pem')).toEqual({ ...none, mode: 'verify-ca', rootCert: 'ca.pem' });
    expect(tls('sslmode=verify-full')).toEqual({ mode: 'verify-full', ...none });
    expect(tls('sslrootcert=system')).toEqual({ ...none, mode: 'verify-full', rootCert: 'system' });
    expect(tls('sslmode=require&sslcert=c&sslkey=k')).toEqual({
      ...none,
      mode: 'require',
      client: { cert: 'c', key: 'k' },
    });
  });

  it.each([
    ['12#34@h/x', 'contains an unencoded #'],
    ['12/34@h/x', 'contains an unencoded @, / or ? before the host'],
    ['12?34@h/x', 'contains an unencoded @, / or ? before the host'],
    ['12@34@h/x', 'contains an unencoded @, / or ? before the host'],
    ['12%zz34@h/x', 'contains a % that does not begin an encoded character'],
  ])('is refused with a password that is not encoded: %s', (rest, expected) => {
    const message = problem(`postgresql://me:${rest}`);
    expect(message).toContain(expected);
    expect(message).toContain('write @ as %40');
    expect(message).not.toMatch(/12|34/);
  });

  it.each([
    ['mysql://me@h/x', 'is not a PostgreSQL URL'],
    ['postgresql://me@h', 'names no database'],
    ['postgresql://me@h/', 'names no database'],
    ['postgresql://me@/x', 'names no host'],
    ['postgresql://h/x', 'names no user'],
    ['postgresql://me@h:port/x', 'has no port from 1 to 65535'],
    ['postgresql://me@h:0/x', 'has no port from 1 to 65535'],
    ['postgresql://me@a,b/x', 'names several hosts'],
    ['postgresql://me@[::1/x', 'has an address without its closing bracket'],
    [
      'postgresql://me@h/x?sslmode=prefer',
      'has sslmode=prefer, which lets anyone on the network disable TLS. Write sslmode=verify-full',
    ],
    ['postgresql://me@h/x?sslmode=allow', 'has sslmode=allow'],
    ['postgresql://me@h/x?sslmode=on', 'has an invalid sslmode: it must be disable'],
    ['postgresql://me@h/x?ssl=no-verify', 'has an invalid ssl: it must be true'],
    ['postgresql://me@h/x?ssl=true&sslmode=disable', 'has both ssl and sslmode'],
    ['postgresql://me@h/x?sslmode=verify-ca', 'has sslmode=verify-ca without sslrootcert=FILE'],
    ['postgresql://me@h/x?sslrootcert=ca.pem', 'has sslrootcert without TLS: write sslmode=verify-full'],
    ['postgresql://me@h/x?sslmode=disable&sslcert=c&sslkey=k', 'has sslcert without TLS'],
    ['postgresql://me@h/x?sslmode=require&sslcert=c', 'has sslcert without sslkey'],
    ['postgresql://me@h/x?sslmode=require&sslrootcert=system', 'needs sslmode=verify-full'],
    ['postgresql://me@%2Frun/x?sslmode=require', 'requests TLS over a Unix socket'],
    ['postgresql://me@h/x?target_session_attrs=read-write', 'target_session_attrs is not supported'],
    ['postgresql://me@h/x?channel_binding=require', 'channel_binding is not supported'],
    ['postgresql://me@h/x?schema=public', 'has the unknown parameter schema. Known parameters: sslmode'],
    ['postgresql://me@h/x?connect_timeout=soon', 'has an invalid connect_timeout: it must be a whole number'],
    ['postgresql://me@h/x?application_name=', 'has the parameter application_name without a value'],
    ['postgresql://me@h/x?user=a&user=b', 'has the parameter user twice'],
  ])('is refused in a sentence: %s', (url, expected) => {
    expect(problem(url)).toContain(expected);
  });
});
