import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { DomainError } from '#libs/errors.js';
import type { Import, ImportKind } from '../ingestion/import.entity.js';
import { ImportsService } from '../ingestion/imports.service.js';
import { progress } from './progress.js';
import { inProgram } from './program.js';

/** The names under which each file is found; `.gz` may follow. */
const FILE_NAMES: readonly (readonly [ImportKind, RegExp])[] = [
  ['store_timezones', /^(store_)?timezones\.csv(\.gz)?$/],
  ['business_hours', /^(business|menu)_hours\.csv(\.gz)?$/],
  ['special_hours', /^special_hours\.csv(\.gz)?$/],
  ['store_life', /^store_life\.csv(\.gz)?$/],
  ['store_status', /^store_status\.csv(\.gz)?$/],
];

const READ_CHUNK_BYTES = 64 * 1024;

/** `storewatch load`. */
export async function load(dir: string): Promise<void> {
  const isWhole = await inProgram((context) => loadFolder(dir, context.get(ImportsService)));
  if (!isWhole) process.exitCode = 1;
}

/** Ids that imports shall have. */
type ImportIds = Readonly<Partial<Record<ImportKind, string>>>;

/**
 * Loads the files of a folder and says what became of them.
 * @param messages where that is said; what is wrong with a file goes to stderr
 * @returns whether every file could be read to its end
 * @throws DomainError when the folder holds none of the files
 */
export async function loadFolder(
  dir: string,
  imports: ImportsService,
  ids: ImportIds = {},
  messages: Writable = process.stdout,
): Promise<boolean> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    throw new DomainError('not_found', `The folder ${dir} cannot be read (${error.code}).`);
  });
  const files = FILE_NAMES.flatMap(([kind, pattern]) =>
    names.filter((name) => pattern.test(name)).map((name) => ({ kind, path: join(dir, name) })),
  );
  if (files.length === 0) {
    const wanted =
      'store_status.csv, business_hours.csv (or menu_hours.csv), store_timezones.csv (or timezones.csv), ' +
      'special_hours.csv, store_life.csv';
    throw new DomainError('not_found', `${dir} holds none of the files: ${wanted}, each also as .gz.`);
  }
  const inTurn = async (some: typeof files): Promise<boolean> => {
    let isWhole = true;
    for (const { kind, path } of some) {
      isWhole = (await loadAndTell(kind, path, imports, messages, ids[kind])) && isWhole;
    }
    return isWhole;
  };
  // While PostgreSQL writes the calendars, this process reads the polls.
  const [polls, calendars] = [true, false].map((isPolls) =>
    files.filter(({ kind }) => (kind === 'store_status') === isPolls),
  ) as [typeof files, typeof files];
  const results = await Promise.allSettled([inTurn(calendars), inTurn(polls)]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.every((result) => result.status === 'fulfilled' && result.value);
}

/** @returns whether the file could be read to its end */
async function loadAndTell(
  kind: ImportKind,
  path: string,
  imports: ImportsService,
  messages: Writable,
  id?: string,
): Promise<boolean> {
  const startedAt = performance.now();
  const record = await loadFile(kind, path, imports, id);
  const seconds = (performance.now() - startedAt) / 1000;
  messages.write(`${account(path, record, seconds)}\n`);
  if (record.error) process.stderr.write(`storewatch: ${path}: ${record.error}\n`);
  if (record.rejectedRows > 0) await showRejects(path, record, imports);
  return record.status === 'Complete';
}

async function loadFile(kind: ImportKind, path: string, imports: ImportsService, id?: string): Promise<Import> {
  const bar = progress(`load ${path}`);
  const { size } = await stat(path);
  const stream = createReadStream(path, { highWaterMark: READ_CHUNK_BYTES });
  try {
    return await imports.importFile(kind, path, stream, () => bar.to(stream.bytesRead, size), id);
  } finally {
    bar.stop();
  }
}

function account(path: string, record: Import, seconds: number): string {
  const perSecond = Math.round(record.readRows / seconds);
  return (
    `${path}: ${record.readRows} rows read, ${record.acceptedRows} accepted, ${record.duplicateRows} duplicate, ` +
    `${record.rejectedRows} rejected, in ${seconds.toFixed(1)} s (${perSecond} rows/s)`
  );
}

const REJECTS_SHOWN = 5;

async function showRejects(path: string, record: Import, imports: ImportsService): Promise<void> {
  let shown = 0;
  for await (const { line, reason } of imports.rejects(record.id)) {
    if (shown++ === REJECTS_SHOWN) break;
    process.stderr.write(`storewatch: ${path}:${line}: ${reason}\n`);
  }
  process.stderr.write(
    `storewatch: ${path}: all rejected rows are in the table import_reject (import_id ${record.id}) ` +
      `and, while the server runs, at /v1/imports/${record.id}/rejects\n`,
  );
}
