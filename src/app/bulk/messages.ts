import type { MessagePort } from 'node:worker_threads';
import { DomainError } from '#libs/errors.js';
import type { Settings } from '../../platform/config/settings.js';
import { errorCode } from '../../platform/database/sql.js';
import type { ImportKind } from '../../features/ingestion/files/import-kind.js';
import type { EndedImport } from '../../features/ingestion/imports/importer.js';
import type { LogContext } from '../../platform/logging/log-context.js';
import type { TraceCarrier } from '../../platform/tracing/tracing.js';

/** What the bulk thread is started with. */
export interface ThreadData {
  readonly settings: Settings;
  readonly databaseUrl: string;
  readonly connections: number;
  readonly isWorker: boolean;
}

/** What the thread is asked for; each import has a port of its own, and so has each question for metrics. */
export type Order = { readonly stop: true } | { readonly metrics: MessagePort } | ImportOrder;
export interface ImportOrder {
  readonly id: string | undefined;
  readonly kind: ImportKind;
  readonly source: string;
  readonly strict: boolean | undefined;
  readonly port: MessagePort;
  /** On whose behalf, and in which trace. */
  readonly logContext: LogContext;
  readonly trace: TraceCarrier;
}

/** What the port of an import carries to the thread: the file, and how it ended. */
export type Piece = { readonly bytes: Uint8Array } | { readonly end: true } | { readonly broken: Failure };

/** And from the thread: for each piece that it took, the rows read so far; at last the record or an error. */
export type Answer = { readonly rows: number } | { readonly record: EndedImport } | { readonly failure: Failure };

/** An error on its way: by itself it would lose its code, and with it what a client is told. */
export interface Failure {
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: string | undefined;
  /** The own properties of a DomainError. */
  readonly domain?: object | undefined;
  readonly cause?: Failure | undefined;
}

export function packError(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack, cause } = error;
  return {
    message,
    stack,
    code: errorCode(error),
    domain: error instanceof DomainError ? Object.assign({}, error) : undefined,
    cause: cause === undefined ? undefined : packError(cause),
  };
}

export function unpackError({ message, stack, code, domain, cause }: Failure): Error {
  const options = cause && { cause: unpackError(cause) };
  const error = domain ? new DomainError('internal', message, undefined, options) : new Error(message, options);
  return Object.assign(error, stack !== undefined && { stack }, code !== undefined && { code }, domain);
}
