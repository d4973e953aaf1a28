import { stringify } from 'csv-stringify/sync';
import { HOUR_MS, MINUTE_MS, formatInstant } from '#libs/instant/instant.js';
import {
  type Basis,
  PART_NAMES,
  type UptimeBreakdown,
  downtimeMs,
  formatHundredths,
  uptimeMs,
} from '#libs/uptime/breakdown.js';
import type { WindowFigures } from '#libs/uptime/window-parts.js';
import type { Window } from '#libs/uptime/windows.js';
import { defused } from '../../../edge/csv/csv-cell.js';
import { toPartsDto, uptimePercent } from '../../../edge/uptime/uptime-breakdown.js';
import { fieldsIn } from '../request/report-columns.js';
import type { StoreFigures } from './report-figures.js';
import type { ReportFormat } from '../record/report.entity.js';

/** Formats figures as text: the head, then batches of stores with a separator between them, then the tail. */
export interface ReportText {
  readonly head: string;
  stores(figures: readonly StoreFigures[]): string;
  readonly separator: string;
  readonly tail: string;
}

export const CONTENT_TYPES: Record<ReportFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

export interface ReportShape {
  readonly format: ReportFormat;
  readonly basis: Basis;
  readonly asOfMs: number;
  readonly windows: readonly Window[];
  /** Whether the windows are the last hour, day and week, which have a CSV format that existing parsers expect. */
  readonly isStandard: boolean;
  /** Columns of names and tags. */
  readonly columns?: readonly string[] | null | undefined;
}

export function reportText(shape: ReportShape): ReportText {
  const columns = shape.columns ?? [];
  if (shape.format === 'csv')
    return shape.isStandard ? sevenColumns(shape.basis, columns) : partColumns(shape.windows, columns);
  return shape.format === 'json' ? jsonDocument(shape) : jsonLines(shape);
}

/**
 * The fourth column is `update_last_week`, not `uptime_last_week`. The spelling is deliberate: existing parsers expect
 * it.
 */
const SEVEN_COLUMNS = [
  'store_id',
  'uptime_last_hour(in minutes)',
  'uptime_last_day(in hours)',
  'update_last_week(in hours)',
  'downtime_last_hour(in minutes)',
  'downtime_last_day(in hours)',
  'downtime_last_week(in hours)',
];
const UNITS_MS = [MINUTE_MS, HOUR_MS, HOUR_MS] as const;

/** RFC 4180, except that lines end with LF. */
function sevenColumns(basis: Basis, columns: readonly string[]): ReportText {
  const cells = (
    { windows }: StoreFigures,
    msOf: (parts: Readonly<UptimeBreakdown>, basis: Basis) => number,
  ): string[] => windows.map(({ parts }, i) => formatHundredths(msOf(parts, basis), UNITS_MS[i]));
  return {
    head: stringify([[...SEVEN_COLUMNS, ...columns]]),
    stores: (figures) =>
      stringify(
        figures.map((store) => [
          defused(store.storeId),
          ...cells(store, uptimeMs),
          ...cells(store, downtimeMs),
          ...valueCells(store),
        ]),
      ),
    separator: '',
    tail: '',
  };
}

const valueCells = ({ values = [] }: StoreFigures): string[] => values.map((value) => defused(value ?? ''));

const PART_COLUMNS = ['open_ms', 'up_ms', 'down_ms', 'carried_up_ms', 'carried_down_ms', 'unknown_ms'];

export const partColumnNames = (windows: readonly Window[]): string[] =>
  windows.flatMap(({ name }) => PART_COLUMNS.map((part) => `${name}_${part}`));

function partColumns(windows: readonly Window[], columns: readonly string[]): ReportText {
  return {
    head: stringify([['store_id', ...partColumnNames(windows), ...columns]]),
    stores: (figures) =>
      stringify(
        figures.map((store) => [
          defused(store.storeId),
          ...store.windows.flatMap(({ parts }) => PART_NAMES.map((part) => String(parts[part]))),
          ...valueCells(store),
        ]),
      ),
    separator: '',
    tail: '',
  };
}

/** What a JSON document begins with. @param more further fields */
export function aboutReport(shape: ReportShape, more: object = {}): string {
  const windows = shape.windows.map(({ name, startMs, endMs }) => ({
    name,
    from: formatInstant(startMs),
    to: formatInstant(endMs),
  }));
  return JSON.stringify({ as_of: formatInstant(shape.asOfMs), basis: shape.basis, windows, ...more });
}

function jsonDocument(shape: ReportShape): ReportText {
  return {
    head: `${aboutReport(shape).slice(0, -1)},"stores":[\n`,
    stores: (figures) => figures.map((store) => JSON.stringify(storeObject(store, shape))).join(',\n'),
    separator: ',\n',
    tail: '\n]}\n',
  };
}

/** Newline-delimited JSON: one object per line, one line per store. */
function jsonLines(shape: ReportShape): ReportText {
  return {
    head: '',
    stores: (figures) => figures.map((store) => `${JSON.stringify(storeObject(store, shape))}\n`).join(''),
    separator: '',
    tail: '',
  };
}

const storeObject = ({ storeId, values = [], windows }: StoreFigures, shape: ReportShape): object => ({
  store_id: storeId,
  ...fieldsIn(shape.columns ?? [], values),
  windows: windowsObject(windows, shape),
});

/** The figures of a store or group by the names of windows. */
export const windowsObject = (
  windows: readonly Pick<WindowFigures, 'parts' | 'polls'>[],
  { basis, windows: shapes }: ReportShape,
): object =>
  Object.fromEntries(
    windows.map(({ parts, polls }, i) => [
      shapes[i].name,
      {
        ...toPartsDto(parts),
        uptime_ms: uptimeMs(parts, basis),
        downtime_ms: downtimeMs(parts, basis),
        uptime_percent: uptimePercent(parts, basis),
        polls,
      },
    ]),
  );
