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
import type { Window } from '#libs/uptime/windows.js';
import { defused } from '../../../edge/csv/csv-cell.js';
import { toPartsDto, uptimePercent } from '../../../edge/uptime/uptime-breakdown.js';
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
}

export function reportText(shape: ReportShape): ReportText {
  if (shape.format === 'csv') return shape.isStandard ? sevenColumns(shape.basis) : partColumns(shape.windows);
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
function sevenColumns(basis: Basis): ReportText {
  const cells = (
    { windows }: StoreFigures,
    msOf: (parts: Readonly<UptimeBreakdown>, basis: Basis) => number,
  ): string[] => windows.map(({ parts }, i) => formatHundredths(msOf(parts, basis), UNITS_MS[i]));
  return {
    head: stringify([SEVEN_COLUMNS]),
    stores: (figures) =>
      stringify(
        figures.map((store) => [defused(store.storeId), ...cells(store, uptimeMs), ...cells(store, downtimeMs)]),
      ),
    separator: '',
    tail: '',
  };
}

const PART_COLUMNS = ['open_ms', 'up_ms', 'down_ms', 'carried_up_ms', 'carried_down_ms', 'unknown_ms'];

function partColumns(windows: readonly Window[]): ReportText {
  const names = windows.flatMap(({ name }) => PART_COLUMNS.map((part) => `${name}_${part}`));
  return {
    head: stringify([['store_id', ...names]]),
    stores: (figures) =>
      stringify(
        figures.map(({ storeId, windows: figuresOf }) => [
          defused(storeId),
          ...figuresOf.flatMap(({ parts }) => PART_NAMES.map((part) => String(parts[part]))),
        ]),
      ),
    separator: '',
    tail: '',
  };
}

function jsonDocument(shape: ReportShape): ReportText {
  const windows = shape.windows.map(({ name, startMs, endMs }) => ({
    name,
    from: formatInstant(startMs),
    to: formatInstant(endMs),
  }));
  const about = JSON.stringify({ as_of: formatInstant(shape.asOfMs), basis: shape.basis, windows });
  return {
    head: `${about.slice(0, -1)},"stores":[\n`,
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

function storeObject({ storeId, windows }: StoreFigures, shape: ReportShape): object {
  const { basis } = shape;
  return {
    store_id: storeId,
    windows: Object.fromEntries(
      windows.map(({ parts, polls }, i) => [
        shape.windows[i].name,
        {
          ...toPartsDto(parts),
          uptime_ms: uptimeMs(parts, basis),
          downtime_ms: downtimeMs(parts, basis),
          uptime_percent: uptimePercent(parts, basis),
          polls,
        },
      ]),
    ),
  };
}
