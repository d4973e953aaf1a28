import { invalidArgument, quoteValue } from '#libs/errors.js';
import { Cron } from '#libs/schedule/cron.js';
import { isGiven, readBasis, readZone } from '../../edge/input/input.js';
import { readFormat, readStores, readWindows } from '../reports/request/report-options.js';
import type { DurationWindow, Schedule } from './schedule.entity.js';

/** What a schedule is asked for with, as a transport has decoded it. Absent: see DEFAULTS; in a change: as it was. */
export interface ScheduleInput {
  /** crontab(5): five fields, or a short form such as @daily. */
  readonly cron?: unknown;
  /** IANA name. */
  readonly timezone?: unknown;
  readonly basis?: unknown;
  readonly format?: unknown;
  /** Ids; null: all stores. */
  readonly stores?: unknown;
  /** A list of name and duration; null: the last hour, day and week. */
  readonly windows?: unknown;
  /** Absent: the schedule's name. */
  readonly destination?: unknown;
  readonly gzip?: unknown;
  readonly enabled?: unknown;
}

/** What can be changed. */
export type ScheduleFields = Omit<Schedule, 'name' | 'dueAfter' | 'createdAt'>;

export const SCHEDULE_NAME = '^[a-z][a-z0-9-]{0,62}$';
/** A part begins with a letter, so none is mistaken for a run, whose name begins with a year. */
export const DESTINATION = '^[a-z][a-z0-9_-]{0,62}(/[a-z][a-z0-9_-]{0,62}){0,5}$';
/** Kept by the program for itself: files of reports. */
const RESERVED = ['reports'];

export const DEFAULTS = { timezone: 'UTC', basis: 'all', format: 'csv', gzip: false, enabled: true } as const;

/** @throws DomainError invalid_argument */
export function readName(value: unknown): string {
  if (typeof value === 'string' && new RegExp(SCHEDULE_NAME).test(value)) return value;
  throw invalidArgument(
    'name',
    `name: ${quoteValue(value)} is no name of a schedule; write small letters, digits and -, up to 63, a letter first.`,
  );
}

/**
 * The fields that are given, over those of `base`.
 * @param base what there is, for a change; undefined: a new schedule
 * @throws DomainError invalid_argument
 */
export function readFields(name: string, input: ScheduleInput, base?: ScheduleFields): ScheduleFields {
  const timezone = isGiven(input.timezone) ? readZone(input.timezone) : (base?.timezone ?? DEFAULTS.timezone);
  return {
    timezone,
    cron: base && !isGiven(input.cron) ? base.cron : Cron.parse(input.cron, timezone).text,
    basis: base && !isGiven(input.basis) ? base.basis : readBasis(input.basis),
    format: base && !isGiven(input.format) ? base.format : readFormat(input.format),
    // null says all stores, and the usual windows
    stores: base && input.stores === undefined ? (base.stores ?? null) : (readStores(input.stores) ?? null),
    windows: base && input.windows === undefined ? (base.windows ?? null) : readDurations(input.windows),
    destination: readDestination(isGiven(input.destination) ? input.destination : (base?.destination ?? name)),
    gzip: readSwitch('gzip', input.gzip, base ?? DEFAULTS),
    enabled: readSwitch('enabled', input.enabled, base ?? DEFAULTS),
  };
}

/** Windows of a schedule end when it is due: instants of their own would stay behind. */
function readDurations(value: unknown): readonly DurationWindow[] | null {
  const windows = Array.isArray(value) ? (value as unknown[]) : [];
  windows.forEach((window, index) => {
    if (typeof window !== 'object' || window === null) return;
    const fixed = Object.keys(window).find((key) => key === 'from' || key === 'to');
    if (fixed === undefined) return;
    const field = `windows[${index}].${fixed}`;
    throw invalidArgument(field, `${field}: windows of a schedule end when it is due; write a duration such as 3d.`);
  });
  if (readWindows(value, 0) === undefined) return null;
  return windows.map((window) => {
    const { name, duration } = window as DurationWindow;
    return { name, duration };
  });
}

function readDestination(value: unknown): string {
  if (typeof value !== 'string' || !new RegExp(DESTINATION).test(value)) {
    throw invalidArgument(
      'destination',
      `destination: ${quoteValue(value)} is no folder of the storage; write up to six parts of small letters, digits, - and _ with / between them, each with a letter first.`,
    );
  }
  const reserved = RESERVED.find((folder) => value === folder || value.startsWith(`${folder}/`));
  if (reserved === undefined) return value;
  throw invalidArgument(
    'destination',
    `destination: ${reserved} is where Storewatch keeps its own files; write another.`,
  );
}

function readSwitch(field: 'gzip' | 'enabled', value: unknown, otherwise: Pick<Schedule, 'gzip' | 'enabled'>): boolean {
  if (!isGiven(value)) return otherwise[field];
  if (typeof value === 'boolean') return value;
  throw invalidArgument(field, `${field}: ${quoteValue(value)} is neither true nor false.`);
}
