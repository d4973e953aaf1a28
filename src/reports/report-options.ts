import { invalidArgument, quoteValue } from '#libs/errors.js';
import { DURATION_FORM, formatDuration, parseDuration } from '#libs/instant/duration.js';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import { readInstant } from '#libs/instant/read-instant.js';
import type { Basis } from '#libs/uptime/parts.js';
import type { Window } from '#libs/uptime/windows.js';
import { keptReason } from '../database/kept.js';
import { MAX_STORE_ID_LENGTH } from '../timezones/store-id.js';
import { REPORT_FORMATS, type ReportFormat } from './report.entity.js';

/** What a report is asked for, as a transport has decoded it. */
export interface ReportOptions {
  /** Text as INSTANT_FORMS say; absent: that of PollsService.defaultAsOfMs. */
  readonly asOf?: unknown;
  /** `all` or `observed`; absent: `all`. */
  readonly basis?: unknown;
  /** Ids; absent: all stores. */
  readonly stores?: unknown;
  /** A list of WindowInput; absent: the last hour, day and week. */
  readonly windows?: unknown;
  /** `csv`, `json` or `ndjson`; absent: `csv`. */
  readonly format?: unknown;
  /** `{ url }`, called when the report has ended; absent: nobody is. */
  readonly webhook?: unknown;
}

/** Either `duration`, before as-of, or `from` and `to`. */
export interface WindowInput {
  readonly name?: unknown;
  readonly duration?: unknown;
  readonly from?: unknown;
  readonly to?: unknown;
}

const MAX_STORES = 10_000;
const MAX_WINDOWS = 50;
const MAX_WINDOW_MS = 400 * DAY_MS;
/** A name becomes part of the names of columns. */
const WINDOW_NAME = /^[a-z][a-z0-9_]{0,39}$/;

export function readBasis(value: unknown): Basis {
  if (value === undefined || value === null) return 'all';
  if (value === 'all' || value === 'observed') return value;
  throw invalidArgument('basis', `basis: ${quoteValue(value)} is neither "all" nor "observed".`);
}

export function readFormat(value: unknown): ReportFormat {
  if (value === undefined || value === null) return 'csv';
  const format = REPORT_FORMATS.find((name) => name === value);
  if (format) return format;
  throw invalidArgument('format', `format: ${quoteValue(value)} is none of ${REPORT_FORMATS.join(', ')}.`);
}

/** The ids asked for; undefined: all stores. */
export function readStores(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_STORES) {
    throw invalidArgument('stores', `stores: must be a list of 1 to ${MAX_STORES} ids; leave it out for all stores.`);
  }
  value.forEach((id: unknown, index) => {
    const field = `stores[${index}]`;
    if (typeof id !== 'string')
      throw invalidArgument(field, `${field}: ${quoteValue(id)} is not text; write ids in quotes.`);
    // before a digest is made of it: no part of a gRPC message has a limit of its own
    if (id.length > MAX_STORE_ID_LENGTH) {
      throw invalidArgument(field, `${field}: ${quoteValue(id)} is longer than ${MAX_STORE_ID_LENGTH} characters.`);
    }
  });
  return value as string[];
}

/** The windows asked for; undefined: the last hour, day and week. */
export function readWindows(value: unknown, asOfMs: number): Window[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_WINDOWS) {
    const remedy = 'leave it out for the last hour, day and week';
    throw invalidArgument('windows', `windows: must be a list of 1 to ${MAX_WINDOWS} windows; ${remedy}.`);
  }
  const names = new Set<string>();
  return value.map((item: unknown, index) => {
    const window = readWindow(`windows[${index}]`, item, asOfMs);
    if (names.has(window.name)) {
      const field = `windows[${index}].name`;
      throw invalidArgument(field, `${field}: ${quoteValue(window.name)} is the name of an earlier window.`);
    }
    names.add(window.name);
    return window;
  });
}

function readWindow(path: string, item: unknown, asOfMs: number): Window {
  const fields: WindowInput = typeof item === 'object' && item !== null ? item : {};
  const unknown = Object.keys(fields).find((key) => !['name', 'duration', 'from', 'to'].includes(key));
  if (unknown !== undefined)
    throw invalidArgument(`${path}.${unknown}`, `${path}: there is no field ${quoteValue(unknown)}.`);
  const { name, duration, from, to } = fields;
  if (typeof name !== 'string' || !WINDOW_NAME.test(name)) {
    const form = 'a name of small letters, digits and _, up to 40, that begins with a letter';
    throw invalidArgument(`${path}.name`, `${path}.name: ${quoteValue(name)} is not ${form}.`);
  }
  const isGiven = (field: unknown): boolean => field !== undefined && field !== null;
  if (isGiven(duration) === (isGiven(from) || isGiven(to))) {
    throw invalidArgument(path, `${path}: needs either duration, or from and to.`);
  }
  if (isGiven(duration)) {
    const ms = typeof duration === 'string' ? parseDuration(duration) : undefined;
    if (ms === undefined) {
      throw invalidArgument(`${path}.duration`, `${path}.duration: ${quoteValue(duration)} is not ${DURATION_FORM}.`);
    }
    return { name, ...limited(`${path}.duration`, asOfMs - ms, asOfMs) };
  }
  const endMs = readInstant(`${path}.to`, to, asOfMs, 'is after the as-of,');
  const startMs = readInstant(`${path}.from`, from, endMs, 'is after the end of the window,');
  return { name, ...limited(`${path}.from`, startMs, endMs) };
}

/** @param keptFromMs from when on there are polls. @throws DomainError invalid_argument when a window begins before that */
export function checkWindows(windows: readonly Window[], keptFromMs: number, field = 'as_of'): void {
  const early = windows.findIndex(({ startMs }) => startMs < keptFromMs);
  if (early < 0) return;
  const { name, startMs } = windows[early];
  throw invalidArgument(
    field === 'windows' ? `windows[${early}]` : field,
    `The window ${name} begins at ${formatInstant(startMs)}, which is ${keptReason(keptFromMs)}.`,
  );
}

function limited(field: string, startMs: number, endMs: number): { startMs: number; endMs: number } {
  const lengthMs = endMs - startMs;
  if (lengthMs > 0 && lengthMs <= MAX_WINDOW_MS) return { startMs, endMs };
  const problem = lengthMs === 0 ? 'is empty' : `is longer than ${formatDuration(MAX_WINDOW_MS)}`;
  throw invalidArgument(field, `${field}: the window ${problem}.`);
}
