/** Prints rows under a header, in aligned columns. */
export function printTable(header: readonly string[], body: readonly (readonly string[])[]): void {
  const rows = [header, ...body];
  const widths = header.map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  for (const row of rows) {
    const line = row.map((cell, i) => cell.padEnd(widths[i])).join('  ');
    process.stdout.write(`${line.trimEnd()}\n`);
  }
}

/** `2026-11-23T08:00Z` */
export const minute = (at: Date): string => `${at.toISOString().slice(0, 16)}Z`;
