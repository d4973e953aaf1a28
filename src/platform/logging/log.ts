import { isatty } from 'node:tty';
import { isMainThread } from 'node:worker_threads';
import type { LoggerService } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import type { Settings } from '../config/settings.js';
import { errorCode } from '../database/sql.js';
import { withoutSecrets } from './secrets.js';
import { currentLogContext } from './log-context.js';

const STDOUT = 1;
export const STDERR = 2;
/** pino's level for each LOG_LEVEL. */
const LEVELS = { error: 'error', warn: 'warn', log: 'info', debug: 'debug' } as const;

/** Contexts in which Nest logs its own wiring at every start. */
const WIRING = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'NestMicroservice',
]);
const STACK = /\n\s+at /;

/**
 * Writes log lines to stdout, or to stderr for a command: time, level, context, message and log context. Nest's Logger
 * calls it with a message, optional errors, stacks and fields, and the logger's context as the last argument.
 */
export class Log implements LoggerService {
  private readonly pino: Logger;

  constructor({ logLevel }: Pick<Settings, 'logLevel'>, stream: DestinationStream) {
    this.pino = pino(
      {
        level: LEVELS[logLevel],
        base: { pid: process.pid, ...(!isMainThread && { thread: 'bulk' }) },
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
        serializers: { err: describeError },
        mixin: () => ({ ...currentLogContext(), ...currentSpan() }),
        hooks: { streamWrite: withoutSecrets },
      },
      stream,
    );
  }

  /** @param fd of stdout or stderr */
  static async open(settings: Pick<Settings, 'logLevel' | 'logFormat'>, fd: number = STDOUT): Promise<Log> {
    const { logFormat } = settings;
    const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && isatty(fd));
    return new Log(settings, isPretty ? await prettyStream(fd) : pino.destination({ dest: fd, sync: true }));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    if (!WIRING.has(String(rest.at(-1)))) this.write('info', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  private write(level: 'fatal' | 'error' | 'warn' | 'info' | 'debug', message: unknown, rest: unknown[]): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const fields: Record<string, unknown> = {};
    for (const part of [message, ...rest]) {
      if (isError(part)) fields['err'] = part;
      else if (typeof part === 'string' && STACK.test(part)) fields['err'] = { stack: part };
      else if (typeof part === 'object') Object.assign(fields, part);
      else if (part !== message && typeof part === 'string') fields['context'] = part;
    }
    this.pino[level](fields, textOf(message));
  }
}

const textOf = (message: unknown): string | undefined =>
  isError(message) ? message.message : typeof message === 'string' ? message : undefined;

/**
 * Checked by properties: an error of another realm, such as Node's own inside Jest, is not an instance of this realm's
 * Error.
 */
const isError = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;

/**
 * The fields of an error that help to diagnose it. Other fields are dropped: a database driver's error may contain a
 * query with its values.
 */
function describeError(error: Partial<Error>): object {
  const { name, message, stack, cause } = error;
  return { type: name, message, code: errorCode(error), stack, ...(isError(cause) && { cause: describeError(cause) }) };
}

function currentSpan(): { trace_id: string; span_id: string } | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  return span && { trace_id: span.traceId, span_id: span.spanId };
}

/** Loaded only for terminal output. */
async function prettyStream(fd: number): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    destination: fd,
    sync: true,
    colorize: isatty(fd),
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    ignore: 'pid,context',
    messageFormat: '{if context}{context}: {end}{msg}',
    singleLine: true,
  });
}
