import { createHash } from 'node:crypto';
import { invalidArgument, quoteValue } from '#libs/errors.js';
import { Cron } from '#libs/schedule/cron.js';
import { isGiven, readBasis, readZone } from '../../edge/input/input.js';
import { readFilterText, readFormat, readStores, readWindows } from '../reports/request/report-options.js';
import { checkColumns, readColumns, readGroupBy } from '../reports/request/report-columns.js';
import type { DurationWindow, Schedule } from './schedule.entity.js';

/**
 * The fields of a schedule request, as decoded by a transport. An absent field takes its default; in a change it stays
 * as it is.
 */
export interface ScheduleInput {
  /** crontab(5): five fields, or a short form such as @daily. */
  readonly cron?: unknown;
  /** IANA name. */
  readonly timezone?: unknown;
  readonly basis?: unknown;
  readonly format?: unknown;
  /** Ids; null: all stores. */
  readonly stores?: unknown;
  /** Text of a filter of stores; null or empty: no filter. */
  readonly filter?: unknown;
  /** A list of name and duration; null: the last hour, day and week. */
  readonly windows?: unknown;
  /** As in ReportOptions; null: none. */
  readonly columns?: unknown;
  readonly groupBy?: unknown;
  /** Absent: the schedule's name. */
  readonly destination?: unknown;
  readonly gzip?: unknown;
  readonly enabled?: unknown;
}

/** The fields that can be changed. */
export type ScheduleFields = Omit<Schedule, 'name' | 'limitedTo' | 'dueAfter' | 'createdAt'>;

type ScheduledRows = Pick<ScheduleFields, 'columns' | 'groupBy'>;

export const SCHEDULE_NAME = '^[a-z][a-z0-9-]{0,62}$';
/** Each part begins with a letter, so that it cannot be confused with a run, whose name begins with a year. */
export const DESTINATION = '^[a-z][a-z0-9_-]{0,62}(/[a-z][a-z0-9_-]{0,62}){0,5}$';
/** Below it are the destinations of schedules that API keys with a filter made. */
const LIMITED = 'limited';
/** Reserved for the server's own files: report files. */
const RESERVED = ['reports', LIMITED];
/** Hex digits of a hash. */
const FOLDER_DIGITS = 16;

export const DEFAULTS = { timezone: 'UTC', basis: 'all', format: 'csv', gzip: false, enabled: true } as const;

/** @throws DomainError invalid_argument */
export function readName(value: unknown): string {
  if (typeof value === 'string' && new RegExp(SCHEDULE_NAME).test(value)) return value;
  throw invalidArgument(
    'name',
    `name must be 1 to 63 lower-case letters, digits and -, beginning with a letter, got ${quoteValue(value)}.`,
  );
}

/**
 * The folder of all destinations of a limit. It keeps callers from writing over the files of others, also over those of schedules
 * that were deleted. undefined without a limit.
 */
export function folderOf(limitedTo: string | null | undefined): string | undefined {
  if (limitedTo === null || limitedTo === undefined) return undefined;
  return `${LIMITED}/k${createHash('sha256').update(limitedTo).digest('hex').slice(0, FOLDER_DIGITS)}`;
}

/**
 * Applies the given fields to those of `base`.
 * @param folder of its destination, as folderOf returns it
 * @param base the current fields, for a change; undefined: a new schedule
 * @throws DomainError invalid_argument
 */
export function readFields(
  name: string,
  input: ScheduleInput,
  folder: string | undefined,
  base?: ScheduleFields,
): ScheduleFields {
  const usual = folder === undefined ? name : `${folder}/${name}`;
  const timezone = isGiven(input.timezone) ? readZone(input.timezone) : (base?.timezone ?? DEFAULTS.timezone);
  return {
    timezone,
    cron: base && !isGiven(input.cron) ? base.cron : Cron.parse(input.cron, timezone).text,
    basis: base && !isGiven(input.basis) ? base.basis : readBasis(input.basis),
    format: base && !isGiven(input.format) ? base.format : readFormat(input.format),
    // null means all stores, and the default windows
    stores: base && input.stores === undefined ? (base.stores ?? null) : (readStores(input.stores) ?? null),
    filter: base && input.filter === undefined ? (base.filter ?? null) : (readFilterText(input.filter) ?? null),
    windows: base && input.windows === undefined ? (base.windows ?? null) : readDurations(input.windows),
    ...readRows(input, base),
    destination: readDestination(isGiven(input.destination) ? input.destination : (base?.destination ?? usual), folder),
    gzip: readSwitch('gzip', input.gzip, base ?? DEFAULTS),
    enabled: readSwitch('enabled', input.enabled, base ?? DEFAULTS),
  };
}

function readRows({ columns, groupBy }: ScheduleInput, base?: ScheduleFields): ScheduledRows {
  const rows = {
    columns: base && columns === undefined ? (base.columns ?? null) : (readColumns(columns) ?? null),
    groupBy: base && groupBy === undefined ? (base.groupBy ?? null) : (readGroupBy(groupBy) ?? null),
  };
  checkColumns(rows.columns, rows.groupBy);
  return rows;
}

/** A schedule's windows end when it is due, so fixed instants make no sense. */
function readDurations(value: unknown): readonly DurationWindow[] | null {
  const windows = Array.isArray(value) ? (value as unknown[]) : [];
  windows.forEach((window, index) => {
    if (typeof window !== 'object' || window === null) return;
    const fixed = Object.keys(window).find((key) => key === 'from' || key === 'to');
    if (fixed === undefined) return;
    const field = `windows[${index}].${fixed}`;
    throw invalidArgument(
      field,
      `${field} is not allowed: windows of a schedule end when it is due. Use a duration such as 3d.`,
    );
  });
  if (readWindows(value, 0) === undefined) return null;
  return windows.map((window) => {
    const { name, duration } = window as DurationWindow;
    return { name, duration };
  });
}

function readDestination(value: unknown, ofLimit: string | undefined): string {
  if (typeof value !== 'string' || !new RegExp(DESTINATION).test(value)) {
    throw invalidArgument(
      'destination',
      `destination must be one to six folder names separated by /, each of lower-case letters, digits, - and _ and beginning with a letter, got ${quoteValue(value)}.`,
    );
  }
  if (ofLimit !== undefined) {
    if (value.startsWith(`${ofLimit}/`)) return value;
    throw invalidArgument(
      'destination',
      `destination must be in ${ofLimit}, the folder of API keys with this filter, got ${quoteValue(value)}.`,
    );
  }
  const reserved = RESERVED.find((folder) => value === folder || value.startsWith(`${folder}/`));
  if (reserved === undefined) return value;
  throw invalidArgument(
    'destination',
    `destination must not be in ${reserved}, where Storewatch keeps its own files, got ${quoteValue(value)}.`,
  );
}

function readSwitch(field: 'gzip' | 'enabled', value: unknown, defaults: Pick<Schedule, 'gzip' | 'enabled'>): boolean {
  if (!isGiven(value)) return defaults[field];
  if (typeof value === 'boolean') return value;
  throw invalidArgument(field, `${field} must be true or false, got ${quoteValue(value)}.`);
}
