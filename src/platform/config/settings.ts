import { join } from 'node:path';
import { DomainError, quoteValue } from '#libs/errors.js';
import { isLoopback } from './host.js';
import type { StoragePlace } from '../storage/storage-url.js';
import { type ParsedSettings, settingsSchema } from './settings-schema.js';

/** Never shown: the URL of the database holds a password, and that of the storage says itself what can be. */
const SECRET = new Set(['DATABASE_URL', 'STORAGE_URL', 'WEBHOOK_SECRET']);

/** The process's settings, typed and checked. The only reader of the environment, save the AWS SDK: see S3Storage. */
export class Settings {
  readonly home: string;
  readonly storage: StoragePlace;
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  /** Whether a new database is to be distributed. */
  readonly distributed: boolean;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly grpcHost: string;
  readonly grpcPort: number;
  readonly healthHost: string;
  /** Undefined: none. */
  readonly healthPort: number | undefined;
  readonly grpcMaxConnectionAgeMs: number;
  readonly drainForMs: number;
  /** Whether requests need an API key. */
  readonly apiKeys: boolean;
  /** Where clients reach REST, without a slash at the end; undefined: at the address that it listens on. */
  readonly publicUrl: string | undefined;
  /** Canonical (src/platform/config/host.ts): what a Host header may say besides loopback, while keys are off. */
  readonly allowedHosts: readonly string[];
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly tlsClientCaFile: string | undefined;
  readonly maxRequestsPerSecond: number;
  readonly pollValidForMs: number;
  readonly maxLineBytes: number;
  readonly maxRejectsKept: number;
  /** Whether nothing of a file is used when one of its rows is rejected. */
  readonly strictImports: boolean;
  readonly maxPollsPerBatch: number;
  readonly maxBatchesAtOnce: number;
  readonly maxBodyBytes: number;
  readonly maxUploadBytes: number;
  readonly maxDecompressedBytes: number;
  readonly maxCompressionRatio: number;
  readonly maxImportsAtOnce: number;
  readonly maxGrpcMessageBytes: number;
  readonly maxStreams: number;
  readonly maxRunningReports: number;
  readonly statementTimeoutMs: number;
  /** How long, in ms; Infinity: for ever. */
  readonly keepReportsForMs: number;
  /** How many; Infinity: all. */
  readonly keepReports: number;
  readonly keepScheduledForMs: number;
  readonly keepImportsForMs: number;
  readonly keepPollsForMs: number;
  /** At most keepPollsForMs. */
  readonly keepRollupsForMs: number;
  /** `whsec_...`: not for logs. */
  readonly webhookSecret: string | undefined;
  /** Beside public ones. */
  readonly webhookNetworks: readonly string[];
  readonly webhookHttp: boolean;
  readonly logLevel: ParsedSettings['LOG_LEVEL'];
  readonly logFormat: ParsedSettings['LOG_FORMAT'];
  /** Whether traces are sent. */
  readonly traces: boolean;

  private constructor(parsed: ParsedSettings) {
    this.home = parsed.STOREWATCH_HOME;
    this.storage = parsed.STORAGE_URL ?? { kind: 'file', folder: join(this.home, 'storage') };
    this.databaseUrl = parsed.DATABASE_URL;
    this.databasePoolSize = parsed.DATABASE_POOL_SIZE;
    this.distributed = parsed.DISTRIBUTED === 'on';
    this.httpHost = parsed.HTTP_HOST;
    this.httpPort = parsed.HTTP_PORT;
    this.grpcHost = parsed.GRPC_HOST;
    this.grpcPort = parsed.GRPC_PORT;
    this.healthHost = parsed.HEALTH_HOST;
    this.healthPort = parsed.HEALTH_PORT;
    this.grpcMaxConnectionAgeMs = parsed.GRPC_MAX_CONNECTION_AGE;
    this.drainForMs = parsed.DRAIN_FOR;
    this.apiKeys =
      parsed.API_KEYS === 'auto'
        ? !isLoopback(parsed.HTTP_HOST) ||
          !isLoopback(parsed.GRPC_HOST) ||
          (parsed.HEALTH_PORT !== undefined && !isLoopback(parsed.HEALTH_HOST))
        : parsed.API_KEYS === 'on';
    this.publicUrl = parsed.PUBLIC_URL;
    this.allowedHosts = parsed.ALLOWED_HOSTS ?? [];
    this.tlsCertFile = parsed.TLS_CERT_FILE;
    this.tlsKeyFile = parsed.TLS_KEY_FILE;
    this.tlsClientCaFile = parsed.TLS_CLIENT_CA_FILE;
    this.maxRequestsPerSecond = parsed.MAX_REQUESTS_PER_SECOND;
    this.pollValidForMs = parsed.POLL_VALID_FOR;
    this.maxLineBytes = parsed.MAX_LINE_BYTES;
    this.maxRejectsKept = parsed.MAX_REJECTS_KEPT;
    this.strictImports = parsed.STRICT_IMPORTS === 'on';
    this.maxPollsPerBatch = parsed.MAX_POLLS_PER_BATCH;
    this.maxBatchesAtOnce = parsed.MAX_BATCHES_AT_ONCE;
    this.maxBodyBytes = parsed.MAX_BODY_BYTES;
    this.maxUploadBytes = parsed.MAX_UPLOAD_BYTES;
    this.maxDecompressedBytes = parsed.MAX_DECOMPRESSED_BYTES;
    this.maxCompressionRatio = parsed.MAX_COMPRESSION_RATIO;
    this.maxImportsAtOnce = parsed.MAX_IMPORTS_AT_ONCE;
    this.maxGrpcMessageBytes = parsed.MAX_GRPC_MESSAGE_BYTES;
    this.maxStreams = parsed.MAX_STREAMS;
    this.maxRunningReports = parsed.MAX_RUNNING_REPORTS;
    this.statementTimeoutMs = parsed.STATEMENT_TIMEOUT;
    this.keepReportsForMs = parsed.KEEP_REPORTS_FOR;
    this.keepReports = parsed.KEEP_REPORTS === 'all' ? Infinity : parsed.KEEP_REPORTS;
    this.keepScheduledForMs = parsed.KEEP_SCHEDULED_FOR;
    this.keepImportsForMs = parsed.KEEP_IMPORTS_FOR;
    this.keepPollsForMs = parsed.KEEP_POLLS_FOR;
    this.keepRollupsForMs = parsed.KEEP_ROLLUPS_FOR ?? parsed.KEEP_POLLS_FOR;
    this.webhookSecret = parsed.WEBHOOK_SECRET;
    this.webhookNetworks = parsed.WEBHOOK_ALLOW_PRIVATE ?? [];
    this.webhookHttp = parsed.WEBHOOK_ALLOW_HTTP === 'on';
    this.logLevel = parsed.LOG_LEVEL;
    this.logFormat = parsed.LOG_FORMAT;
    this.traces = parsed.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined;
  }

  /** Where clients find a path of the REST interface: a URL below PUBLIC_URL, or the path itself where that is not set. */
  linkTo(path: string): string {
    return `${this.publicUrl ?? ''}${path}`;
  }

  /** @throws DomainError invalid_argument that names every setting at fault, its value and what would be right. */
  static from(environment: Readonly<Record<string, string | undefined>>): Settings {
    const given = Object.fromEntries(
      Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
    );
    const result = settingsSchema.safeParse(given);
    if (result.success) return new Settings(result.data);
    const problems = result.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      const isShown = !SECRET.has(name) && given[name] !== undefined;
      return `${name}${isShown ? ` is ${quoteValue(given[name])}` : ''}: ${issue.message}`;
    });
    throw new DomainError('invalid_argument', `The settings cannot be used. ${problems.join('. ')}.`);
  }
}
