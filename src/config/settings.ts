import { BlockList, isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { DomainError, quoteValue } from '#libs/errors.js';
import { DURATION_FORM, parseDuration } from '#libs/instant/duration.js';
import { HOUR_MS, MINUTE_MS } from '#libs/instant/instant.js';

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: `must be ${DURATION_FORM}` });
  return z.NEVER;
});

const port = z.coerce.number().int().min(0).max(65_535);

/**
 * Every setting there is, in the order of the README's table (npm run docs:settings writes it from here). The name in
 * the environment is the key; the description says the unit and what it is for.
 */
const shape = z.object({
  STOREWATCH_HOME: z
    .string()
    .default('./var')
    .transform((path) => resolve(path))
    .describe('Folder of the embedded database and of the report files.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe(
      'PostgreSQL 15 or newer to use instead of the embedded one: `postgresql://user:password@host:5432/name`.',
    ),
  DATABASE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(4)
    .max(100)
    .default(10)
    .describe('Connections this process may hold.'),
  HTTP_HOST: z.string().default('127.0.0.1').describe('Address that REST and Swagger listen on.'),
  HTTP_PORT: port.default(3000).describe('Port of REST and Swagger; 0 picks a free one.'),
  GRPC_HOST: z.string().default('127.0.0.1').describe('Address that gRPC listens on.'),
  GRPC_PORT: port.default(50_051).describe('Port of gRPC; 0 picks a free one.'),
  API_KEYS: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe('Whether requests need an API key; `auto`: when HTTP_HOST or GRPC_HOST is not loopback.'),
  TLS_CERT_FILE: z.string().optional().describe('Certificate chain for HTTPS and gRPC, PEM.'),
  TLS_KEY_FILE: z.string().optional().describe('Private key of TLS_CERT_FILE, PEM without a passphrase.'),
  TLS_CLIENT_CA_FILE: z
    .string()
    .optional()
    .describe('Certificates of authorities, PEM: only clients with a certificate of one of them are let in.'),
  MAX_REQUESTS_PER_SECOND: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(1_000)
    .describe('Requests and gRPC calls a second of one API key, or of one remote address without keys.'),
  POLL_VALID_FOR: duration
    .default(3 * HOUR_MS)
    .refine((ms) => ms >= MINUTE_MS && ms <= 7 * 24 * HOUR_MS, 'must be from 1m to 7d')
    .describe('How long a poll counts as observed; one value for the whole deployment.'),
  MAX_LINE_BYTES: z.coerce
    .number()
    .int()
    .min(1_024)
    .max(16 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('A longer CSV line is rejected.'),
  MAX_REJECTS_KEPT: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(10_000)
    .describe('Rejected rows of one import that are kept for reading; all are counted.'),
  MAX_POLLS_PER_BATCH: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(10_000)
    .describe('Polls in one `POST /v1/polls` or one message of `IngestPolls`.'),
  LOG_LEVEL: z.enum(['error', 'warn', 'log', 'debug']).default('log').describe('How much is logged.'),
});

/** Settings that say nothing without one another. */
const schema = shape.superRefine((parsed, context) => {
  const needs = (name: keyof typeof parsed, other: keyof typeof parsed): void => {
    if (parsed[name] === undefined || parsed[other] !== undefined) return;
    context.addIssue({ code: 'custom', path: [name], message: `needs ${other} too` });
  };
  needs('TLS_CERT_FILE', 'TLS_KEY_FILE');
  needs('TLS_KEY_FILE', 'TLS_CERT_FILE');
  needs('TLS_CLIENT_CA_FILE', 'TLS_CERT_FILE');
});

type Parsed = z.output<typeof schema>;

/** The process's settings, typed and checked. The only reader of the environment. */
export class Settings {
  readonly home: string;
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly grpcHost: string;
  readonly grpcPort: number;
  /** Whether requests need an API key. */
  readonly apiKeys: boolean;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly tlsClientCaFile: string | undefined;
  readonly maxRequestsPerSecond: number;
  readonly pollValidForMs: number;
  readonly maxLineBytes: number;
  readonly maxRejectsKept: number;
  readonly maxPollsPerBatch: number;
  readonly logLevel: Parsed['LOG_LEVEL'];

  private constructor(parsed: Parsed) {
    this.home = parsed.STOREWATCH_HOME;
    this.databaseUrl = parsed.DATABASE_URL;
    this.databasePoolSize = parsed.DATABASE_POOL_SIZE;
    this.httpHost = parsed.HTTP_HOST;
    this.httpPort = parsed.HTTP_PORT;
    this.grpcHost = parsed.GRPC_HOST;
    this.grpcPort = parsed.GRPC_PORT;
    this.apiKeys =
      parsed.API_KEYS === 'auto'
        ? !isLoopback(parsed.HTTP_HOST) || !isLoopback(parsed.GRPC_HOST)
        : parsed.API_KEYS === 'on';
    this.tlsCertFile = parsed.TLS_CERT_FILE;
    this.tlsKeyFile = parsed.TLS_KEY_FILE;
    this.tlsClientCaFile = parsed.TLS_CLIENT_CA_FILE;
    this.maxRequestsPerSecond = parsed.MAX_REQUESTS_PER_SECOND;
    this.pollValidForMs = parsed.POLL_VALID_FOR;
    this.maxLineBytes = parsed.MAX_LINE_BYTES;
    this.maxRejectsKept = parsed.MAX_REJECTS_KEPT;
    this.maxPollsPerBatch = parsed.MAX_POLLS_PER_BATCH;
    this.logLevel = parsed.LOG_LEVEL;
  }

  /** @throws DomainError invalid_argument that names every setting at fault, its value and what would be right. */
  static from(environment: Readonly<Record<string, string | undefined>>): Settings {
    const given = Object.fromEntries(
      Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
    );
    const result = schema.safeParse(given);
    if (result.success) return new Settings(result.data);
    const problems = result.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      // The URL of the database holds a password: it is never shown.
      return `${name}${name === 'DATABASE_URL' ? '' : ` is ${quoteValue(given[name])}`}: ${issue.message}`;
    });
    throw new DomainError('invalid_argument', `The settings cannot be used. ${problems.join('. ')}.`);
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** A name other than localhost may be any machine's. */
const isLoopback = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');

/** The settings as documentation: name, default as one would write it, description. */
export function describeSettings(): { name: string; fallback: string; description: string }[] {
  const shown: Record<string, string> = { POLL_VALID_FOR: '3h', STOREWATCH_HOME: './var' };
  const defaults: Record<string, string | number | undefined> = schema.parse({});
  return Object.entries(shape.shape).map(([name, field]) => ({
    name,
    fallback: shown[name] ?? String(defaults[name] ?? ''),
    description: field.description ?? '',
  }));
}
