import { stringify } from 'csv-stringify/sync';
import { DomainError } from '#libs/errors.js';
import { PART_NAMES, type UptimeBreakdown, addParts, noParts } from '#libs/uptime/breakdown.js';
import { defused } from '../../../edge/csv/csv-cell.js';
import { compareValues, fieldsIn } from '../request/report-columns.js';
import type { StoreFigures } from './report-figures.js';
import { type ReportShape, aboutReport, partColumnNames, windowsObject } from './report-formats.js';

/** All groups are in memory at once. */
const MAX_GROUPS = 10_000;
const GROUPS_PER_PIECE = 500;

/** The sums of the stores that have the same tags. */
interface Group {
  /** The value of each tag of group_by; null: the stores do not have it. */
  readonly values: readonly (string | null)[];
  stores: number;
  readonly windows: readonly { readonly parts: UptimeBreakdown; polls: number }[];
}

/** Sums figures of stores by their tags, and formats the sums. */
export class ReportGroups {
  private readonly groups = new Map<string, Group>();

  constructor(
    private readonly shape: ReportShape,
    private readonly groupBy: readonly string[],
  ) {}

  /** @throws DomainError unprocessable if there are too many groups */
  add({ values = [], windows }: StoreFigures): void {
    const group = this.groupOf(values);
    group.stores++;
    for (const [index, { parts, polls }] of windows.entries()) {
      addParts(group.windows[index].parts, parts);
      group.windows[index].polls += polls;
    }
  }

  /** The text of the file, in pieces. Groups are in the order of their values, those without one first. */
  *text(): Generator<string> {
    const groups = [...this.groups.values()].sort((a, b) => compareValues(a.values, b.values));
    const { shape, groupBy } = this;
    if (shape.format === 'csv') yield stringify([[...groupBy, 'stores', ...partColumnNames(shape.windows)]]);
    if (shape.format === 'json') yield `${aboutReport(shape, { group_by: groupBy }).slice(0, -1)},"groups":[\n`;
    for (let at = 0; at < groups.length; at += GROUPS_PER_PIECE) {
      const batch = groups.slice(at, at + GROUPS_PER_PIECE);
      if (shape.format === 'csv') yield stringify(batch.map(cellsOf));
      else if (shape.format === 'ndjson') yield batch.map((group) => `${this.json(group)}\n`).join('');
      else yield (at === 0 ? '' : ',\n') + batch.map((group) => this.json(group)).join(',\n');
    }
    if (shape.format === 'json') yield '\n]}\n';
  }

  private json({ values, stores, windows }: Group): string {
    return JSON.stringify({ ...fieldsIn(this.groupBy, values), stores, windows: windowsObject(windows, this.shape) });
  }

  private groupOf(values: readonly (string | null)[]): Group {
    const key = JSON.stringify(values);
    const known = this.groups.get(key);
    if (known) return known;
    if (this.groups.size === MAX_GROUPS) {
      const message = `group_by makes more than ${MAX_GROUPS} groups. Use tags with fewer values.`;
      throw new DomainError('unprocessable', message, { field: 'group_by' });
    }
    const windows = this.shape.windows.map(() => ({ parts: noParts(), polls: 0 }));
    const group = { values, stores: 0, windows };
    this.groups.set(key, group);
    return group;
  }
}

const cellsOf = ({ values, stores, windows }: Group): string[] => [
  ...values.map((value) => defused(value ?? '')),
  String(stores),
  ...windows.flatMap(({ parts }) => PART_NAMES.map((part) => String(parts[part]))),
];
