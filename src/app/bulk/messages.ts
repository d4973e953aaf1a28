import type { MessagePort } from 'node:worker_threads';
import { DomainError } from '#libs/errors.js';
import type { Settings } from '../../platform/config/settings.js';
import { errorCode } from '../../platform/database/sql.js';
import type { FileKind } from '#libs/file-kind.js';
import type { EndedImport } from '../../features/ingestion/imports/importer.js';
import type { StoreLimit } from '../../platform/database/store-limit.js';
import type { LogContext } from '../../platform/logging/log-context.js';
import type { TraceCarrier } from '../../platform/tracing/tracing.js';

/** workerData of the bulk thread. */
export interface ThreadData {
  readonly settings: Settings;
  readonly databaseUrl: string;
  readonly connections: number;
  readonly isWorker: boolean;
}

/** A message to the thread. Each import and each request for metrics has its own port. */
export type Order = { readonly stop: true } | { readonly metrics: MessagePort } | ImportOrder;
export interface ImportOrder {
  readonly id: string | undefined;
  readonly kind: FileKind;
  readonly source: string;
  readonly strict: boolean | undefined;
  readonly replaceTags: boolean | undefined;
  readonly port: MessagePort;
  /** Of the caller; undefined: none. */
  readonly limit: StoreLimit | undefined;
  /** Log context and trace of the request. */
  readonly logContext: LogContext;
  readonly trace: TraceCarrier;
}

/** On the port of an import, to the thread: the bytes of the file, then its end or an error. */
export type Piece = { readonly bytes: Uint8Array } | { readonly end: true } | { readonly broken: Failure };

/** From the thread: the rows read so far, for each piece consumed; finally the record or an error. */
export type Answer = { readonly rows: number } | { readonly record: EndedImport } | { readonly failure: Failure };

/** A serialized error. postMessage alone would drop its code and class, which decide what the client receives. */
export interface Failure {
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: string | undefined;
  /** Own properties of a DomainError. */
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
  const error = domain ? new DomainError('internal', message, { ...options }) : new Error(message, options);
  return Object.assign(error, stack !== undefined && { stack }, code !== undefined && { code }, domain);
}
