/** A row of the table: a measurement and what bounds it. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly floor: string;
  readonly ratio: number;
  readonly target: string;
  readonly pass: boolean;
  /** All measurements behind the row, for the JSON file. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Measure {
  readonly what: string;
  /** Storewatch's measurement. */
  readonly value: number;
  readonly unit: Unit;
  /** The divisor of the ratio: measured in the same run, or a fixed bound. */
  readonly floor: number;
  /** Label of the floor, one or two words. */
  readonly of: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export type Unit = 's' | 'ms' | 'MB' | '/s' | 'us/poll' | 'bytes';

/** Passes when the value is at most `limit` times the floor. */
export const atMost = (measure: Measure, limit: number): Row =>
  row(measure, `<= ${ratioText(limit)}`, (ratio) => ratio <= limit);

/** Passes when the value is at least `limit` times the floor. */
export const atLeast = (measure: Measure, limit: number): Row =>
  row(measure, `>= ${ratioText(limit)}`, (ratio) => ratio >= limit);

function row(measure: Measure, target: string, isMet: (ratio: number) => boolean): Row {
  const { what, value, unit, floor, of, detail = {} } = measure;
  const ratio = value / floor;
  return {
    what,
    figure: format(value, unit),
    floor: `${format(floor, unit)} ${of}`,
    ratio,
    target,
    pass: isMet(ratio),
    detail: { value, floor, unit, ...detail },
  };
}

function format(value: number, unit: Unit): string {
  if (unit === '/s') return `${Math.round(value).toLocaleString('en-US')}/s`;
  if (unit === 's') return `${value.toFixed(value < 1 ? 3 : 2)} s`;
  return `${value.toFixed(unit === 'us/poll' ? 2 : unit === 'bytes' ? 1 : 0)} ${unit}`;
}

/** The table as Markdown, aligned for the terminal. */
export function table(rows: readonly Row[]): string {
  const cells = [
    ['what', 'figure', 'floor', 'ratio', 'target', 'pass'],
    ...rows.map((r) => [r.what, r.figure, r.floor, ratioText(r.ratio), r.target, r.pass ? 'yes' : 'no']),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const lines = cells.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`);
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return lines.join('\n');
}

const ratioText = (ratio: number): string => ratio.toFixed(ratio < 0.2 ? 3 : 2);
