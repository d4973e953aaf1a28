import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import type { FileKind } from '#libs/file-kind.js';
import type { Import } from '../features/ingestion/imports/import.entity.js';
import { Importer } from '../features/ingestion/imports/importer.js';
import { counted } from '#libs/listed.js';
import { type DataFile, findFiles } from './data-files.js';
import { fileSummary, folderSummary, storesSummary } from './load-summary.js';
import { progress } from './progress.js';
import { inProgram } from './in-program.js';

const READ_CHUNK_BYTES = 64 * 1024;

export interface LoadOptions {
  /** Whether one rejected row rejects the whole file. Undefined: STRICT_IMPORTS decides. */
  readonly strict?: boolean | undefined;
  /** stores.csv: whether all tags of its stores are replaced. */
  readonly replaceTags?: boolean | undefined;
  /** Where the counts of each file are written. Absent: stdout. */
  readonly messages?: Writable;
  /** Ids for the imports, by kind. */
  readonly ids?: Readonly<Partial<Record<FileKind, string>>>;
}

/** `storewatch load`. */
export async function load(dir: string, options: { strict?: true; replaceTags?: true }): Promise<void> {
  const isLoaded = await inProgram((context) => loadAndSummarize(dir, context, options));
  if (!isLoaded) process.exitCode = 1;
}

/**
 * Loads the files of a folder, and prints warnings about them and about the stores on stderr.
 * @returns whether all imports succeeded
 * @throws DomainError when the folder contains no data file
 */
export async function loadAndSummarize(
  dir: string,
  context: INestApplicationContext,
  options: LoadOptions,
): Promise<boolean> {
  const isLoaded = await loadFolder(dir, context.get(Importer), options);
  warn(await storesSummary(context));
  return isLoaded;
}

/** The same, without warnings about the stores. */
export async function loadFolder(dir: string, importer: Importer, options: LoadOptions = {}): Promise<boolean> {
  const { files, unread } = await findFiles(dir);
  const inTurn = async (batch: readonly DataFile[]): Promise<boolean> => {
    let isLoaded = true;
    for (const file of batch) isLoaded = (await loadAndReport(file, importer, options)) && isLoaded;
    return isLoaded;
  };
  // Calendars and polls load in parallel: PostgreSQL writes the calendars while this process reads the polls.
  const results = await Promise.allSettled([
    inTurn(files.filter(({ kind }) => kind !== 'store_status')),
    inTurn(files.filter(({ kind }) => kind === 'store_status')),
  ]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  warn(folderSummary(dir, files, unread));
  return results.every((result) => result.status === 'fulfilled' && result.value);
}

/** @returns whether the import is complete */
async function loadAndReport({ kind, path }: DataFile, importer: Importer, options: LoadOptions): Promise<boolean> {
  const startedAt = performance.now();
  const record = await loadFile(kind, path, importer, options);
  const seconds = (performance.now() - startedAt) / 1000;
  const { messages = process.stdout } = options;
  messages.write(`${counts(path, record, seconds)}\n`);
  warn(fileSummary(path, record));
  return record.status === 'Complete';
}

async function loadFile(
  kind: FileKind,
  path: string,
  importer: Importer,
  { strict, replaceTags, ids = {} }: LoadOptions,
): Promise<Import> {
  const bar = progress(`load ${path}`);
  const { size } = await stat(path);
  const stream = createReadStream(path, { highWaterMark: READ_CHUNK_BYTES });
  const id = ids[kind];
  try {
    return await importer.importFile(kind, path, stream, {
      onProgress: () => bar.to(stream.bytesRead, size),
      strict,
      replaceTags,
      ...(id !== undefined && { id }),
    });
  } finally {
    bar.stop();
  }
}

function counts(path: string, record: Import, seconds: number): string {
  const perSecond = Math.round(record.readRows / seconds);
  return (
    `${path}: ${counted(record.readRows, 'row')} read, ${record.acceptedRows} accepted, ${record.duplicateRows} duplicate, ` +
    `${record.rejectedRows} rejected, in ${seconds.toFixed(1)} s (${perSecond} rows/s)`
  );
}

function warn(lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`storewatch: ${line}\n`);
}
