import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError, quoteValue } from '#libs/errors.js';
import { FILE_KINDS, FILE_NAMES, copyNumberOf, kindOf } from '#libs/file-kind.js';
import { listed } from '#libs/listed.js';
import type { FileKind } from '#libs/file-kind.js';

/** A file whose name tells its kind. */
export interface DataFile {
  readonly kind: FileKind;
  readonly name: string;
  readonly path: string;
}

/** Names that a user may expect to be loaded. Hidden files and lock files of open workbooks (`~$...`) are excluded. */
const LOOKS_LIKE_DATA = /^(?!\.|~\$).*\.(csv|tsv|xlsx?)(\.gz)?$/i;

/**
 * The data files of a folder, in the order of loading: by kind, then by download, with `name (1).csv` after `name.csv`, so that the
 * newest calendar wins.
 * @returns unread: files that look like data but whose name does not tell their kind
 * @throws DomainError not_found when the folder contains no data file
 */
export async function findFiles(dir: string): Promise<{ files: DataFile[]; unread: string[] }> {
  const names = await namesIn(dir);
  const byCopy = names.toSorted((a, b) => copyNumberOf(a) - copyNumberOf(b) || (a < b ? -1 : 1));
  const files = FILE_KINDS.flatMap((kind) =>
    byCopy.filter((name) => kindOf(name) === kind).map((name) => ({ kind, name, path: join(dir, name) })),
  );
  const unread = names.filter((name) => kindOf(name) === undefined && LOOKS_LIKE_DATA.test(name)).toSorted();
  if (files.length > 0) return { files, unread };
  const wanted = FILE_KINDS.map((kind) => FILE_NAMES[kind].map((name) => `${name}.csv`).join(' or ')).join(', ');
  const instead = unread.length > 0 ? ` It contains ${listed(unread.map((name) => quoteValue(name)))}.` : '';
  throw new DomainError(
    'not_found',
    `${dir} contains no data files. It must contain at least one of ${wanted}, plain or .gz.${instead}`,
  );
}

async function namesIn(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    throw new DomainError('not_found', `The folder ${dir} cannot be read (${error.code}).`);
  });
  const areFiles = await Promise.all(
    names.map((name) =>
      stat(join(dir, name)).then(
        (found) => found.isFile() || found.isFIFO(),
        () => false,
      ),
    ),
  );
  return names.filter((_, i) => areFiles[i]);
}
