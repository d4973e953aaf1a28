import { randomUUID } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { access, chmod, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { invalidArgument } from '#libs/errors.js';

const STDOUT = '-';

/** Where a command writes its file. */
export interface Output {
  /** Shown in messages. */
  readonly name: string;
  /** Where messages go: stderr if the file itself goes to stdout. */
  readonly messages: Writable;
  /** Writes the complete file, or leaves the existing one as it was. */
  write(content: Readable): Promise<void>;
}

/**
 * Checks `--out` and opens it. This happens before the report is made, so that an unusable path fails early.
 * @param out a path; `-`: stdout
 * @throws DomainError invalid_argument
 */
export async function openOutput(out: string): Promise<Output> {
  if (out === STDOUT) {
    const write = (content: Readable): Promise<void> => pipeline(content, process.stdout, { end: false });
    return { name: 'stdout', messages: process.stderr, write };
  }
  if (out === '') throw refused('must be a file, or - for stdout, got "".');
  const path = await realpath(out).catch(() => out); // a link stays; its target is replaced
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw refused(`must be a file, such as ${join(out, 'report.csv')}; ${out} is a folder.`);
  if (existing) await mayWrite(path, out);
  // A pipe, a terminal or /dev/null cannot be replaced, so it is written to directly.
  if (existing && !existing.isFile()) {
    return { name: out, messages: process.stdout, write: (content) => pipeline(content, createWriteStream(path)) };
  }
  await checkFolder(dirname(path));
  return { name: out, messages: process.stdout, write: (content) => replace(path, existing?.mode, content) };
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw refused(`the folder ${folder} does not exist; create it: mkdir -p ${folder}`);
    throw refused(`the folder ${folder} cannot be used (${error.code}).`);
  });
  if (!found.isDirectory()) throw refused(`${folder} is a file, not a folder.`);
  await mayWrite(folder, `the folder ${folder}`);
}

async function mayWrite(path: string, name: string): Promise<void> {
  await access(path, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw refused(`${name} cannot be written to (${error.code}).`);
  });
}

/** @param mode file mode of the existing file, which is kept */
async function replace(path: string, mode: number | undefined, content: Readable): Promise<void> {
  const unfinished = join(dirname(path), `.${randomUUID()}.part`);
  try {
    await pipeline(content, createWriteStream(unfinished, { flags: 'wx' }));
    if (mode !== undefined) await chmod(unfinished, mode);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {}); // report the first error
    throw error;
  }
}

const refused = (problem: string): Error => invalidArgument('out', `--out: ${problem}`);
