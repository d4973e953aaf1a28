import { invalidArgument, quoteValue } from '#libs/errors.js';
import { DURATION_FORM, formatDuration, parseDuration } from '#libs/instant/duration.js';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import { readInstant } from '#libs/instant/read-instant.js';
import type { Basis } from '#libs/uptime/breakdown.js';
import type { Window } from '#libs/uptime/windows.js';
import { beforeHorizonReason } from '../../../platform/database/retention-horizon.js';
import { MAX_STORE_ID_LENGTH } from '../../timezones/store-id.js';
import { REPORT_FORMATS, type ReportFormat } from '../record/report.entity.js';
import { type WebhookRules, readWebhook } from '../webhooks/webhook-url.js';
import { checkColumns, readColumns, readGroupBy } from './report-columns.js';
import { readStoreFilter } from '../../../edge/filter/store-filter.js';
import { isGiven, readBasis, readOneOf } from '../../../edge/input/input.js';

/** The options of a requested report, as decoded by a transport. */
export interface ReportOptions {
  /** Text in one of INSTANT_FORMS; absent: PollsService.defaultAsOfMs. */
  readonly asOf?: unknown;
  /** `all` or `observed`; absent: `all`. */
  readonly basis?: unknown;
  /** Ids; absent: all stores. */
  readonly stores?: unknown;
  /** Text of a filter of stores; absent: no filter. */
  readonly filter?: unknown;
  /** A list of WindowInput; absent: the last hour, day and week. */
  readonly windows?: unknown;
  /** `csv`, `json` or `ndjson`; absent: `csv`. */
  readonly format?: unknown;
  /** `name` and tags such as `tags.region`; absent: none. */
  readonly columns?: unknown;
  /** Tags such as `tags.region`; absent: one row for each store. */
  readonly groupBy?: unknown;
  /** `{ url }`, called when the report ends; absent: no webhook. */
  readonly webhook?: unknown;
}

/** The validated options. Checks that need the database are still to come. */
export interface ReadOptions {
  /** Undefined: PollsService.defaultAsOfMs. */
  readonly asOfMs: number | undefined;
  readonly basis: Basis;
  /** Undefined: all stores. */
  readonly stores: readonly string[] | undefined;
  /** Undefined: no filter. */
  readonly filter: string | undefined;
  /** Undefined: the last hour, day and week. */
  readonly windows: readonly AskedWindow[] | undefined;
  readonly format: ReportFormat;
  readonly columns: readonly string[] | undefined;
  readonly groupBy: readonly string[] | undefined;
  readonly webhookUrl: string | undefined;
}

/** A requested window. One with a duration ends at the report's as-of. */
export type AskedWindow = Window | { readonly name: string; readonly durationMs: number };

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
/** A name becomes part of column names. */
const WINDOW_NAME = /^[a-z][a-z0-9_]{0,39}$/;

/** @throws DomainError invalid_argument */
export function readOptions(options: ReportOptions, nowMs: number, webhooks: WebhookRules): ReadOptions {
  const { asOf } = options;
  const basis = readBasis(options.basis);
  const format = readFormat(options.format);
  const stores = readStores(options.stores);
  const filter = readFilterText(options.filter);
  checkColumns(options.columns, options.groupBy);
  const rows = { columns: readColumns(options.columns), groupBy: readGroupBy(options.groupBy) };
  const webhookUrl = readWebhook(options.webhook, webhooks);
  const asOfMs = isGiven(asOf) ? readInstant('as_of', asOf, nowMs, 'lies in the future; now it is') : undefined;
  const windows = readWindows(options.windows, asOfMs ?? nowMs);
  return { asOfMs, basis, stores, filter, windows, format, ...rows, webhookUrl };
}

/** Defaults to `csv`. @throws DomainError invalid_argument */
export const readFormat = (value: unknown): ReportFormat => readOneOf('format', value, REPORT_FORMATS) ?? 'csv';

/** The text of a valid filter; undefined: it selects all stores. @throws DomainError invalid_argument */
export const readFilterText = (value: unknown): string | undefined =>
  readStoreFilter(value) ? (value as string) : undefined;

/** The requested ids; undefined: all stores. */
export function readStores(value: unknown): string[] | undefined {
  if (!isGiven(value)) return undefined;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_STORES) {
    throw invalidArgument('stores', `stores must be a list of 1 to ${MAX_STORES} ids; omit it for all stores.`);
  }
  value.forEach((id: unknown, index) => {
    const field = `stores[${index}]`;
    if (typeof id !== 'string') throw invalidArgument(field, `${field} must be a string, got ${quoteValue(id)}.`);
    // checked before the request is hashed, since parts of a gRPC message have no limit of their own
    if (id.length > MAX_STORE_ID_LENGTH) {
      throw invalidArgument(field, `${field}: ${quoteValue(id)} is longer than ${MAX_STORE_ID_LENGTH} characters.`);
    }
  });
  return value as string[];
}

/**
 * The requested windows; undefined: the last hour, day and week.
 * @param latestMs as-of, or the latest instant that as-of can be
 */
export function readWindows(value: unknown, latestMs: number): AskedWindow[] | undefined {
  if (!isGiven(value)) return undefined;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_WINDOWS) {
    const remedy = 'omit it for the last hour, day and week';
    throw invalidArgument('windows', `windows must be a list of 1 to ${MAX_WINDOWS} windows; ${remedy}.`);
  }
  const names = new Set<string>();
  return value.map((item: unknown, index) => {
    const window = readWindow(`windows[${index}]`, item, latestMs);
    if (names.has(window.name)) {
      const field = `windows[${index}].name`;
      throw invalidArgument(field, `${field}: ${quoteValue(window.name)} is already the name of an earlier window.`);
    }
    names.add(window.name);
    return window;
  });
}

function readWindow(path: string, item: unknown, latestMs: number): AskedWindow {
  const fields: WindowInput = typeof item === 'object' && item !== null ? item : {};
  const unknown = Object.keys(fields).find((key) => !['name', 'duration', 'from', 'to'].includes(key));
  if (unknown !== undefined)
    throw invalidArgument(`${path}.${unknown}`, `${path}: there is no field ${quoteValue(unknown)}.`);
  const { name, duration, from, to } = fields;
  if (typeof name !== 'string' || !WINDOW_NAME.test(name)) {
    const form = '1 to 40 lower-case letters, digits and _, beginning with a letter';
    throw invalidArgument(`${path}.name`, `${path}.name must be ${form}, got ${quoteValue(name)}.`);
  }
  if (isGiven(duration) === (isGiven(from) || isGiven(to))) {
    throw invalidArgument(path, `${path} must have either duration, or from and to.`);
  }
  if (isGiven(duration)) {
    const durationMs = typeof duration === 'string' ? parseDuration(duration) : undefined;
    if (durationMs === undefined) {
      throw invalidArgument(
        `${path}.duration`,
        `${path}.duration must be ${DURATION_FORM}, got ${quoteValue(duration)}.`,
      );
    }
    checkLength(`${path}.duration`, durationMs);
    return { name, durationMs };
  }
  const endMs = readInstant(`${path}.to`, to, latestMs, AFTER_AS_OF);
  const startMs = readInstant(`${path}.from`, from, endMs, 'is after the end of the window,');
  checkLength(`${path}.from`, endMs - startMs);
  return { name, startMs, endMs };
}

const AFTER_AS_OF = 'is after the as-of,';

/** @throws DomainError invalid_argument when a window ends after as-of */
export const windowsAt = (asked: readonly AskedWindow[], asOfMs: number): Window[] =>
  asked.map((window, index) => {
    if ('durationMs' in window) return { name: window.name, startMs: asOfMs - window.durationMs, endMs: asOfMs };
    if (window.endMs <= asOfMs) return window;
    const field = `windows[${index}].to`;
    throw invalidArgument(field, `${field}: ${formatInstant(window.endMs)} ${AFTER_AS_OF} ${formatInstant(asOfMs)}.`);
  });

/** @param horizonMs the retention horizon. @throws DomainError invalid_argument when a window begins before it */
export function checkWindows(windows: readonly Window[], horizonMs: number, field = 'as_of'): void {
  const early = windows.findIndex(({ startMs }) => startMs < horizonMs);
  if (early < 0) return;
  const { name, startMs } = windows[early];
  throw invalidArgument(
    field === 'windows' ? `windows[${early}]` : field,
    `The window ${name} begins at ${formatInstant(startMs)}, which is ${beforeHorizonReason(horizonMs)}.`,
  );
}

function checkLength(field: string, lengthMs: number): void {
  if (lengthMs > 0 && lengthMs <= MAX_WINDOW_MS) return;
  const problem = lengthMs === 0 ? 'is empty' : `is longer than ${formatDuration(MAX_WINDOW_MS)}`;
  throw invalidArgument(field, `${field}: the window ${problem}.`);
}
