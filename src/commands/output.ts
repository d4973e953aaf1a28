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
  /** For people. */
  readonly name: string;
  /** For what is said beside it: stderr, when the file itself goes to stdout. */
  readonly messages: Writable;
  /** Writes the file: whole, or not at all. */
  write(content: Readable): Promise<void>;
}

/**
 * The output that `--out` names, before there is anything to write: what is wrong with it is said before the work, not after it.
 * @param out a path; `-`: stdout
 * @throws DomainError invalid_argument
 */
export async function openOutput(out: string): Promise<Output> {
  if (out === STDOUT) {
    const write = (content: Readable): Promise<void> => pipeline(content, process.stdout, { end: false });
    return { name: 'stdout', messages: process.stderr, write };
  }
  if (out === '') throw refused('is empty; write a file, or - for stdout.');
  const path = await realpath(out).catch(() => out); // of a link, the file that it leads to is replaced
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw refused(`${out} is a folder; name a file in it, such as ${join(out, 'report.csv')}.`);
  if (there) await mayWrite(path, out);
  // A pipe, a terminal or /dev/null is written to as it is: it cannot be replaced.
  if (there && !there.isFile()) {
    return { name: out, messages: process.stdout, write: (content) => pipeline(content, createWriteStream(path)) };
  }
  await checkFolder(dirname(path));
  return { name: out, messages: process.stdout, write: (content) => replace(path, there?.mode, content) };
}

async function checkFolder(folder: string): Promise<void> {
  const there = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw refused(`there is no folder ${folder}; create it first: mkdir -p ${folder}`);
    throw refused(`the folder ${folder} cannot be used (${error.code}).`);
  });
  if (!there.isDirectory()) throw refused(`${folder} is a file, not a folder.`);
  await mayWrite(folder, `the folder ${folder}`);
}

async function mayWrite(path: string, name: string): Promise<void> {
  await access(path, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw refused(`${name} cannot be written to (${error.code}).`);
  });
}

/** @param mode of the file that is there */
async function replace(path: string, mode: number | undefined, content: Readable): Promise<void> {
  const unfinished = join(dirname(path), `.${randomUUID()}.part`);
  try {
    await pipeline(content, createWriteStream(unfinished, { flags: 'wx' }));
    if (mode !== undefined) await chmod(unfinished, mode);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {}); // what is told is the first error
    throw error;
  }
}

const refused = (problem: string): Error => invalidArgument('out', `--out: ${problem}`);
