import { expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const IMPORT = /(?:\bfrom|\bimport\(?)\s*'(\.[^']+)'/g;

/** The folders of src that each folder imports. */
function importedFolders(): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  for (const file of globSync('src/**/*.ts', { exclude: ['**/*.spec.ts'] })) {
    const folder = dirname(file);
    const imported = folders.get(folder) ?? new Set();
    folders.set(folder, imported);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const other = dirname(normalize(join(folder, path)));
      if (other !== folder && other.startsWith('src/')) imported.add(other);
    }
  }
  return folders;
}

// The linter rejects cycles of files and imports of a higher floor. It does not know folders.
it('no folder of src imports a folder that imports it, directly or indirectly', () => {
  const folders = importedFolders();
  expect(folders.get('src/features/reports')).toContain('src/features/polls');
  const cycles: string[] = [];
  for (const start of folders.keys()) {
    const seen = new Set<string>();
    const next = [start];
    for (let folder; (folder = next.pop()) !== undefined;) {
      for (const other of folders.get(folder) ?? []) {
        if (other === start) cycles.push(`${start} -> … -> ${folder} -> ${start}`);
        if (seen.has(other)) continue;
        seen.add(other);
        next.push(other);
      }
    }
  }
  expect(cycles).toEqual([]);
});
