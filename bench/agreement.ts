import { readFile } from 'node:fs/promises';

const SHOWN = 5;

/**
 * Compares Storewatch's report with another one, usually the DuckDB script's. They must be equal byte for byte: the same
 * six figures for every store. A fast program with wrong figures is useless.
 * @throws Error that shows the first differences
 */
export function mustAgree(what: string, ours: string, expected: string, of = 'the DuckDB script'): void {
  if (ours === expected) return;
  const [our, their] = [ours.split('\n'), expected.split('\n')];
  const differences: string[] = [];
  for (let line = 0; line < Math.max(our.length, their.length); line++) {
    if (our[line] === their[line]) continue;
    differences.push(`  line ${line + 1}\n    storewatch ${our[line]}\n    expected   ${their[line]}`);
  }
  throw new Error(
    `${what}: the report differs from that of ${of} in ${differences.length} lines of ${our.length}.\n` +
      differences.slice(0, SHOWN).join('\n'),
  );
}

export const readText = (file: string): Promise<string> => readFile(file, 'utf8');
