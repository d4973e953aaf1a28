import { resolve } from 'node:path';
import { z } from 'zod';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#libs/instant/instant.js';
import { parseDatabaseUrl } from '../database/database-url.js';
import { parseStorageUrl } from '../storage/storage-url.js';
import { hosts, listenHost, publicUrl } from './host-settings.js';
import { FOREVER, keepFactsFor, keepFor, keepNewest } from './retention-settings.js';
import { GB, KB, MB, type Setting, duration, onOff, optional, port, setting, text, wholeNumber } from './setting.js';
import { networks, webhookSecret } from './webhook-settings.js';

const databaseUrl = text((url) => parseDatabaseUrl(url) && url);
const file = z.string();

/**
 * Every setting, in the order of docs/settings.md, which `npm run docs:settings` generates from this list. The key is
 * the property of `Settings`. Add new settings here.
 */
export const SETTINGS = {
  home: setting(
    'STOREWATCH_HOME',
    text((path) => resolve(path)),
    './var',
    'Folder of the embedded database and of the report files.',
  ),
  storage: optional(
    'STORAGE_URL',
    text(parseStorageUrl),
    'Where reports are stored: `file:///path` or `s3://bucket/prefix`. Default: the folder `storage` in STOREWATCH_HOME.',
  ),
  databaseUrl: optional(
    'DATABASE_URL',
    databaseUrl,
    'PostgreSQL 15 or newer to use instead of the embedded one: `postgresql://user:password@host:5432/name?sslmode=verify-full`, see [operations.md](operations.md#a-postgresql-of-your-own).',
  ),
  databasePoolSize: setting(
    'DATABASE_POOL_SIZE',
    wholeNumber(5, 100),
    '16',
    'Connections that this process may hold, besides those of the job queue. With the role `api`, three fifths of them (3 to 8) are for imports and jobs.',
  ),
  distributed: setting(
    'DISTRIBUTED',
    onOff,
    'off',
    '`on`: PostgreSQL is a Citus coordinator, and a new database is distributed when its tables are created. `storewatch distribute` distributes one that has data.',
  ),
  httpHost: setting('HTTP_HOST', listenHost, '127.0.0.1', 'Address that REST, Swagger and the page listen on.'),
  httpPort: setting('HTTP_PORT', port, '3000', 'Port of REST, Swagger and the page. 0 picks a free one.'),
  grpcHost: setting('GRPC_HOST', listenHost, '127.0.0.1', 'Address that gRPC listens on.'),
  grpcPort: setting('GRPC_PORT', port, '50051', 'Port of gRPC. 0 picks a free one.'),
  healthHost: setting('HEALTH_HOST', listenHost, '127.0.0.1', 'Address that HEALTH_PORT listens on.'),
  healthPort: optional(
    'HEALTH_PORT',
    port,
    'Port that serves only `/livez`, `/readyz` and `/metrics`, without TLS, in a process of any role. 0 picks a free one. Default: none. With the role `api` they are on HTTP_PORT too.',
  ),
  grpcMaxConnectionAgeMs: setting(
    'GRPC_MAX_CONNECTION_AGE',
    duration((ms) => ms === 0 || (ms >= SECOND_MS && ms <= 24 * HOUR_MS), 'must be from 1s to 24h, or 0s for no limit'),
    '30m',
    'After this time, plus or minus a tenth, a gRPC client is told to reconnect. Its open calls may run for as long again. `0s`: never.',
  ),
  drainForMs: setting(
    'DRAIN_FOR',
    duration((ms) => ms <= 5 * MINUTE_MS, 'must be at most 5m'),
    '0s',
    'How long a stopping process still answers while `/readyz` says 503. Set it to more than your load balancer takes to notice.',
  ),
  apiKeys: setting(
    'API_KEYS',
    z.enum(['auto', 'on', 'off']),
    'auto',
    'Whether requests need an API key. `auto`: if HTTP_HOST, GRPC_HOST, or HEALTH_HOST with a HEALTH_PORT is not loopback.',
  ),
  publicUrl: optional(
    'PUBLIC_URL',
    publicUrl,
    'Address at which clients reach REST and the page, such as `https://example.com/storewatch/` behind a proxy that strips the path. Used in `Location` headers, the OpenAPI document and webhooks. Its host is allowed, as by ALLOWED_HOSTS.',
  ),
  allowedHosts: optional(
    'ALLOWED_HOSTS',
    hosts,
    'Further host names and addresses, comma-separated and without ports, that a `Host` header may have while API keys are off. Loopback is always allowed.',
  ),
  tlsCertFile: optional('TLS_CERT_FILE', file, 'Certificate chain for HTTPS and gRPC, PEM.'),
  tlsKeyFile: optional('TLS_KEY_FILE', file, 'Private key of TLS_CERT_FILE, PEM without a passphrase.'),
  tlsClientCaFile: optional(
    'TLS_CLIENT_CA_FILE',
    file,
    'Certificates of authorities, PEM. Only clients with a certificate of one of them are admitted.',
  ),
  maxRequestsPerSecond: setting(
    'MAX_REQUESTS_PER_SECOND',
    wholeNumber(1, 1_000_000),
    '1000',
    'Requests and gRPC calls a second for each API key, or for each remote address without keys.',
  ),
  pollValidForMs: setting(
    'POLL_VALID_FOR',
    duration((ms) => ms >= MINUTE_MS && ms <= 7 * 24 * HOUR_MS, 'must be from 1m to 7d'),
    '3h',
    'How long a poll counts as observed. One value for the whole deployment.',
  ),
  maxLineBytes: setting('MAX_LINE_BYTES', wholeNumber(KB, 16 * MB), String(MB), 'Longer CSV lines are rejected.'),
  maxRejectsKept: setting(
    'MAX_REJECTS_KEPT',
    wholeNumber(0, 1_000_000),
    '10000',
    'Rejected rows of one import that are stored for reading. All are counted.',
  ),
  strictImports: setting(
    'STRICT_IMPORTS',
    onOff,
    'off',
    '`on`: one rejected row fails the whole file. `--strict`, or `?strict=` over REST, sets it for one load.',
  ),
  maxPollsPerBatch: setting(
    'MAX_POLLS_PER_BATCH',
    wholeNumber(1, 100_000),
    '10000',
    'Polls in one `POST /v1/polls` or one message of `IngestPolls`.',
  ),
  maxBatchesAtOnce: setting(
    'MAX_BATCHES_AT_ONCE',
    wholeNumber(1, 1_000),
    '16',
    'Batches that are read and written at once over REST, and as many over gRPC, where further ones wait.',
  ),
  maxBodyBytes: setting(
    'MAX_BODY_BYTES',
    wholeNumber(KB, 256 * MB),
    String(20 * MB),
    'Bytes of a JSON body, decompressed.',
  ),
  maxUploadBytes: setting(
    'MAX_UPLOAD_BYTES',
    wholeNumber(KB, Number.MAX_SAFE_INTEGER),
    String(5 * GB),
    'Bytes of an uploaded file as it is sent, compressed or not.',
  ),
  maxDecompressedBytes: setting(
    'MAX_DECOMPRESSED_BYTES',
    wholeNumber(KB, Number.MAX_SAFE_INTEGER),
    String(20 * GB),
    'Bytes that a gzip file may decompress to.',
  ),
  maxCompressionRatio: setting(
    'MAX_COMPRESSION_RATIO',
    wholeNumber(2, 1_032),
    '200',
    'How many times its size a gzip file may decompress to, once 16 MB are decompressed.',
  ),
  maxImportsAtOnce: setting(
    'MAX_IMPORTS_AT_ONCE',
    wholeNumber(1, 100),
    '4',
    'Files that this process loads at once over REST.',
  ),
  maxGrpcMessageBytes: setting(
    'MAX_GRPC_MESSAGE_BYTES',
    wholeNumber(KB, 256 * MB),
    String(4 * MB),
    'Bytes of a gRPC message, decompressed. At least 64 for each of `MAX_POLLS_PER_BATCH`.',
  ),
  maxStreams: setting(
    'MAX_STREAMS',
    wholeNumber(1, 10_000),
    '100',
    'gRPC streams that may be open in this process; as many again for health and reflection, and for event streams over REST.',
  ),
  maxRunningReports: setting(
    'MAX_RUNNING_REPORTS',
    wholeNumber(1, 100_000),
    '100',
    'Reports that may be Running in the whole deployment.',
  ),
  statementTimeoutMs: setting(
    'STATEMENT_TIMEOUT',
    duration((ms) => ms >= SECOND_MS && ms <= HOUR_MS, 'must be from 1s to 1h'),
    '30s',
    'A query for a request is cancelled after this time. Queries of imports, roll-ups and reports are not.',
  ),
  keepReportsForMs: setting(
    'KEEP_REPORTS_FOR',
    keepFor,
    '90d',
    'How long report files are kept. What is known about a report is kept for as long again. A duration or `forever`.',
  ),
  keepReports: setting('KEEP_REPORTS', keepNewest, 'all', 'How many of the newest reports keep their files, or `all`.'),
  keepScheduledForMs: setting(
    'KEEP_SCHEDULED_FOR',
    keepFor,
    FOREVER,
    'How long files of schedules are kept, except the newest of each. A duration or `forever`.',
  ),
  keepImportsForMs: setting(
    'KEEP_IMPORTS_FOR',
    keepFor,
    '90d',
    'How long the record of an import is kept, with its rejected rows. A duration or `forever`.',
  ),
  keepPollsForMs: setting(
    'KEEP_POLLS_FOR',
    keepFactsFor,
    FOREVER,
    'How long polls are kept, by whole weeks. Earlier time cannot be reported, and late polls of it are rejected.',
  ),
  keepRollupsForMs: optional(
    'KEEP_ROLLUPS_FOR',
    keepFactsFor,
    'How long hourly and daily rollups are kept, at most as long as polls (the default). Reports about earlier time are computed from polls.',
  ),
  webhookSecret: optional(
    'WEBHOOK_SECRET',
    webhookSecret,
    'Signs webhooks, `whsec_...`. Without it, no report may name a webhook. Never shown.',
  ),
  webhookNetworks: optional(
    'WEBHOOK_ALLOW_PRIVATE',
    networks,
    'Networks that webhooks may reach although they are not public, such as `10.0.0.0/8,127.0.0.0/8`.',
  ),
  webhookHttp: setting('WEBHOOK_ALLOW_HTTP', onOff, 'off', 'Whether webhooks may go to `http://` as well.'),
  logLevel: setting(
    'LOG_LEVEL',
    z.enum(['error', 'warn', 'log', 'debug']),
    'log',
    'How much is logged. `debug` adds a line for each request.',
  ),
  logFormat: setting(
    'LOG_FORMAT',
    z.enum(['auto', 'json', 'pretty']),
    'auto',
    '`json`: one JSON object per line. `pretty`: for people. `auto`: `pretty` in a terminal, otherwise `json`.',
  ),
  traces: optional(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    z.url({ protocol: /^https?$/ }),
    'Traces are sent to this OTLP/HTTP collector, such as `http://127.0.0.1:4318`. OpenTelemetry reads it, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_*` itself.',
  ),
} as const;

type Settings = typeof SETTINGS;
/** The parsed settings, before defaults that depend on other settings. */
export type SettingValues = {
  readonly [Property in keyof Settings]: Settings[Property] extends Setting<infer Value> ? Value : never;
};

/** A poll in a gRPC message with a store id of 36 characters, rounded up. */
const BYTES_PER_POLL = 64;

/** Conflicts between settings that are each valid on their own: the setting's name, and what would be right. */
export function contradictions(values: SettingValues): [name: string, problem: string][] {
  const found: [string, string][] = [];
  const needs = (property: keyof Settings, other: keyof Settings, why = `needs ${SETTINGS[other].name} too`): void => {
    if (values[property] && !values[other]) found.push([SETTINGS[property].name, why]);
  };
  needs('tlsCertFile', 'tlsKeyFile');
  needs('tlsKeyFile', 'tlsCertFile');
  needs('tlsClientCaFile', 'tlsCertFile');
  needs('distributed', 'databaseUrl', 'needs DATABASE_URL, of a Citus coordinator');
  const { maxPollsPerBatch: polls, maxGrpcMessageBytes: bytes, keepRollupsForMs, keepPollsForMs } = values;
  if (bytes < polls * BYTES_PER_POLL) {
    const problem = `must be ${polls * BYTES_PER_POLL} or more, since a message may hold ${polls} polls (MAX_POLLS_PER_BATCH)`;
    found.push(['MAX_GRPC_MESSAGE_BYTES', problem]);
  }
  if (keepRollupsForMs !== undefined && keepRollupsForMs > keepPollsForMs) {
    const why = 'since rollups are computed again from polls when the past changes';
    found.push(['KEEP_ROLLUPS_FOR', `must be at most KEEP_POLLS_FOR, ${why}`]);
  }
  return found;
}
