import { resolve } from 'node:path';
import { z } from 'zod';
import { DURATION_FORM, parseDuration } from '#libs/instant/duration.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#libs/instant/instant.js';
import { parseDatabaseUrl } from '../database/database-url.js';
import { storageUrl } from '../storage/storage-url.js';
import { listenHost, publicAddress } from './host-settings.js';
import { checkRetention, retention, retentionDefaults } from './retention-settings.js';
import { webhooks } from './webhook-settings.js';

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: `must be ${DURATION_FORM}` });
  return z.NEVER;
});

const databaseUrl = z.string().superRefine((text, context) => {
  try {
    parseDatabaseUrl(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;

const port = z.coerce.number().int().min(0).max(65_535);

/**
 * Every setting there is, in the order of docs/settings.md (npm run docs:settings writes it from here). The name in
 * the environment is the key; the description says the unit and what it is for.
 */
const shape = z.object({
  STOREWATCH_HOME: z
    .string()
    .default('./var')
    .transform((path) => resolve(path))
    .describe('Folder of the embedded database and of the report files.'),
  STORAGE_URL: storageUrl
    .optional()
    .describe('Where reports are kept: `file:///path` or `s3://bucket/prefix`; default: in STOREWATCH_HOME.'),
  DATABASE_URL: databaseUrl
    .optional()
    .describe(
      'PostgreSQL 15 or newer to use instead of the embedded one: `postgresql://user:password@host:5432/name?sslmode=verify-full`, see [operations.md](operations.md#a-postgresql-of-your-own).',
    ),
  DATABASE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(5)
    .max(100)
    .default(16)
    .describe(
      'Connections this process may hold, beside those of the job queue. With the role `api`, three fifths of them, from 3 to 8, are for imports and jobs.',
    ),
  DISTRIBUTED: z
    .enum(['off', 'on'])
    .default('off')
    .describe(
      '`on`: the PostgreSQL is a Citus coordinator, and a new database is distributed when its tables are made; one with data by `storewatch distribute`.',
    ),
  HTTP_HOST: listenHost.describe('Address that REST and Swagger listen on.'),
  HTTP_PORT: port.default(3000).describe('Port of REST and Swagger; 0 picks a free one.'),
  GRPC_HOST: listenHost.describe('Address that gRPC listens on.'),
  GRPC_PORT: port.default(50_051).describe('Port of gRPC; 0 picks a free one.'),
  HEALTH_HOST: listenHost.describe('Address that HEALTH_PORT listens on.'),
  HEALTH_PORT: port
    .optional()
    .describe(
      'Port of `/livez`, `/readyz` and `/metrics` alone, without TLS, in a process of any role; 0 picks a free one. Unset: none. With the role `api` they are on HTTP_PORT too.',
    ),
  GRPC_MAX_CONNECTION_AGE: duration
    .default(30 * MINUTE_MS)
    .refine((ms) => ms === 0 || (ms >= SECOND_MS && ms <= 24 * HOUR_MS), 'must be from 1s to 24h, or 0s for no end')
    .describe(
      'After this long, give or take a tenth, a gRPC client is told to connect anew; its open calls have as long again. `0s`: never.',
    ),
  DRAIN_FOR: duration
    .default(0)
    .refine((ms) => ms <= 5 * MINUTE_MS, 'must be at most 5m')
    .describe(
      'How long a stopping process still answers while `/readyz` says 503: longer than a load balancer takes to notice.',
    ),
  API_KEYS: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'Whether requests need an API key; `auto`: when HTTP_HOST or GRPC_HOST is not loopback, or HEALTH_HOST with a HEALTH_PORT.',
    ),
  ...publicAddress,
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
  MAX_LINE_BYTES: wholeNumber(KB, 16 * MB)
    .default(MB)
    .describe('A longer CSV line is rejected.'),
  MAX_REJECTS_KEPT: wholeNumber(0, 1_000_000)
    .default(10_000)
    .describe('Rejected rows of one import that are kept for reading; all are counted.'),
  STRICT_IMPORTS: z
    .enum(['off', 'on'])
    .default('off')
    .describe(
      '`on`: nothing of a file is used when one of its rows is rejected. `--strict`, and `?strict=` over REST, say it for one load.',
    ),
  MAX_POLLS_PER_BATCH: wholeNumber(1, 100_000)
    .default(10_000)
    .describe('Polls in one `POST /v1/polls` or one message of `IngestPolls`.'),
  MAX_BATCHES_AT_ONCE: wholeNumber(1, 1_000)
    .default(16)
    .describe('Batches that are read and written at once over REST, and as many over gRPC, where the others wait.'),
  MAX_BODY_BYTES: wholeNumber(KB, 256 * MB)
    .default(20 * MB)
    .describe('Bytes of a JSON body, unpacked.'),
  MAX_UPLOAD_BYTES: wholeNumber(KB, Number.MAX_SAFE_INTEGER)
    .default(5 * GB)
    .describe('Bytes of the body of an import as it is sent, packed or not.'),
  MAX_DECOMPRESSED_BYTES: wholeNumber(KB, Number.MAX_SAFE_INTEGER)
    .default(20 * GB)
    .describe('Bytes that a gzip file may unpack to.'),
  MAX_COMPRESSION_RATIO: wholeNumber(2, 1_032)
    .default(200)
    .describe('How many times its size a gzip file may unpack to, once 16 MB are out.'),
  MAX_IMPORTS_AT_ONCE: wholeNumber(1, 100).default(4).describe('Files that this process takes in at once over REST.'),
  MAX_GRPC_MESSAGE_BYTES: wholeNumber(KB, 256 * MB)
    .default(4 * MB)
    .describe('Bytes of a gRPC message, unpacked; 64 or more for each of `MAX_POLLS_PER_BATCH`.'),
  MAX_STREAMS: wholeNumber(1, 10_000)
    .default(100)
    .describe(
      'gRPC streams that may be open to this process; as many again of health and reflection, and of events over REST.',
    ),
  MAX_RUNNING_REPORTS: wholeNumber(1, 100_000)
    .default(100)
    .describe('Reports that may be Running in the whole system.'),
  STATEMENT_TIMEOUT: duration
    .default(30 * SECOND_MS)
    .refine((ms) => ms >= SECOND_MS && ms <= HOUR_MS, 'must be from 1s to 1h')
    .describe('A query for a request that takes longer is ended; not those of imports, rollups and reports.'),
  ...retention,
  ...webhooks,
  LOG_LEVEL: z
    .enum(['error', 'warn', 'log', 'debug'])
    .default('log')
    .describe('How much is logged; `debug`: a line for each request too.'),
  LOG_FORMAT: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('`json`: a JSON object a line; `pretty`: for people; `auto`: `pretty` in a terminal, otherwise `json`.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Traces are sent to this OTLP/HTTP collector, such as `http://127.0.0.1:4318`. OpenTelemetry reads it itself, and `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_*` beside it.',
    ),
});

/** A poll in a gRPC message with a store id of 36 characters, rounded up. */
const BYTES_PER_POLL = 64;

/** What settings must be to each other. */
export const settingsSchema = shape.superRefine((parsed, context) => {
  const needs = (name: keyof typeof parsed, other: keyof typeof parsed): void => {
    if (parsed[name] === undefined || parsed[other] !== undefined) return;
    context.addIssue({ code: 'custom', path: [name], message: `needs ${other} too` });
  };
  needs('TLS_CERT_FILE', 'TLS_KEY_FILE');
  needs('TLS_KEY_FILE', 'TLS_CERT_FILE');
  needs('TLS_CLIENT_CA_FILE', 'TLS_CERT_FILE');
  if (parsed.DISTRIBUTED === 'on' && parsed.DATABASE_URL === undefined) {
    context.addIssue({ code: 'custom', path: ['DISTRIBUTED'], message: 'needs DATABASE_URL, of a Citus coordinator' });
  }
  const { MAX_POLLS_PER_BATCH: polls, MAX_GRPC_MESSAGE_BYTES: bytes } = parsed;
  if (bytes < polls * BYTES_PER_POLL) {
    const message = `must be ${polls * BYTES_PER_POLL} or more, since a message may hold ${polls} polls (MAX_POLLS_PER_BATCH)`;
    context.addIssue({ code: 'custom', path: ['MAX_GRPC_MESSAGE_BYTES'], message });
  }
  checkRetention(parsed, context);
});

/** As they are when all of them can be used. */
export type ParsedSettings = z.output<typeof settingsSchema>;

/** The settings as documentation: name, default as one would write it, description. */
export function describeSettings(): { name: string; fallback: string; description: string }[] {
  const shown: Record<string, string> = {
    DRAIN_FOR: '0s',
    GRPC_MAX_CONNECTION_AGE: '30m',
    POLL_VALID_FOR: '3h',
    STATEMENT_TIMEOUT: '30s',
    ...retentionDefaults,
    STOREWATCH_HOME: './var',
  };
  const defaults = settingsSchema.parse({}) as Record<string, string | number | readonly string[] | undefined>;
  return Object.entries(shape.shape).map(([name, field]) => ({
    name,
    fallback: shown[name] ?? String(defaults[name] ?? ''),
    description: field.description ?? '',
  }));
}
