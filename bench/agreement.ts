import { readFile } from 'node:fs/promises';

const SHOWN = 5;

/**
 * Our report and the DuckDB script's must be the same bytes: the same six figures for every store. A figure of a
 * program that computes something else is worth nothing.
 * @throws Error that shows the first differences
 */
export function mustAgree(what: string, ours: string, duckdb: string): void {
  if (ours === duckdb) return;
  const [our, their] = [ours.split('\n'), duckdb.split('\n')];
  const differences: string[] = [];
  for (let line = 0; line < Math.max(our.length, their.length); line++) {
    if (our[line] === their[line]) continue;
    differences.push(`  line ${line + 1}\n    storewatch ${our[line]}\n    duckdb     ${their[line]}`);
  }
  throw new Error(
    `${what}: the report differs from the DuckDB script's in ${differences.length} lines of ${our.length}.\n` +
      differences.slice(0, SHOWN).join('\n'),
  );
}

export const readText = (file: string): Promise<string> => readFile(file, 'utf8');
