import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_KINDS, kindOf } from '../../libs/file-kind.js';

export const CASES = join(import.meta.dirname, 'reading');

/** Cases with stores that the other cases do not have. */
const ALONE: ReadonlySet<string> = new Set(['zone-bst', 'hours-one-bad-row']);

/** Fills a new folder with the files of a case, and with files from `base` for the other kinds. */
export async function fill(folder: string, name: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const own = (await readdir(join(CASES, name))).filter((file) => file !== 'expected.csv');
  for (const file of own) await copyFile(join(CASES, name, file), join(folder, file));
  if (ALONE.has(name)) return;
  const missing = FILE_KINDS.filter((kind) => !own.some((file) => kindOf(file) === kind));
  for (const file of await readdir(join(CASES, 'base'))) {
    const kind = kindOf(file);
    if (kind && missing.includes(kind)) await copyFile(join(CASES, 'base', file), join(folder, file));
  }
}
