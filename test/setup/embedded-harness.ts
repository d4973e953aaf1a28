import { afterEach, expect } from '@jest/globals';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { newCluster } from './new-cluster.js';

/** For servers whose data only a test needs. */
export const QUICK = { settings: { fsync: 'off', shared_buffers: '16MB' } };

const CHILD = fileURLToPath(new URL('./embedded-child.mjs', import.meta.url));
const IMPORTS = new URL('./typescript-imports.mjs', import.meta.url).href;
const POLL_MS = 5;

const folders: string[] = [];
const children: ChildProcess[] = [];

export interface Opened {
  readonly url: string;
  readonly started: boolean;
  readonly child: ChildProcess;
}

// Cleans up after a test: its processes, the servers in its folders, and the folders.
afterEach(async () => {
  for (const child of children.splice(0)) await ended(child, 'SIGKILL');
  for (const dir of folders.splice(0)) {
    const names = await readdir(dir, { recursive: true }).catch(() => []);
    for (const name of names.filter((file) => file.endsWith('postmaster.pid'))) {
      const pid = await postmasterPid(dirname(dirname(join(dir, name))));
      if (pid !== undefined) await killed(pid, 'SIGQUIT');
    }
    // An initdb without its parent may still be adding files.
    await rm(dir, { recursive: true, force: true, maxRetries: 20 });
  }
});

export async function newFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'storewatch-embedded-'));
  folders.push(dir);
  return dir;
}

/** A folder with a PostgreSQL cluster that was never started. It is copied, because initdb takes two seconds. */
export async function createdFolder(): Promise<string> {
  const dir = await newFolder();
  newCluster(dir);
  return dir;
}

/** Opens the database in a separate process, which leads a process group. */
export async function openInChild(dir: string, env: NodeJS.ProcessEnv = {}): Promise<Opened> {
  const child = forkOpener(dir, env);
  const exited = once(child, 'exit').then(() => [{ error: 'The process ended without output.' }]);
  const [answer]: (Omit<Opened, 'child'> | { error: string })[] = await Promise.race([once(child, 'message'), exited]);
  if (answer === undefined) throw new Error('no answer');
  if ('error' in answer) throw new Error(answer.error);
  return { ...answer, child };
}

export function forkOpener(dir: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const execArgv = ['--disable-warning=ExperimentalWarning', '--experimental-strip-types', '--import', IMPORTS];
  const child = fork(CHILD, [dir], { execArgv, env: { ...process.env, ...env }, detached: true });
  children.push(child);
  return child;
}

/** Resolves when the process has ended on its own, which it does unless the database keeps it alive. */
export async function releaseChild({ child }: Opened): Promise<void> {
  child.send('release');
  await ended(child);
  expect(child.exitCode).toBe(0);
}

export async function ended(child: ChildProcess, signal?: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  if (signal !== undefined) child.kill(signal);
  await exit;
}

/** The id of a live process that is not PostgreSQL. */
export function spawnStranger(): number {
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  children.push(stranger);
  return stranger.pid ?? 0;
}

export async function killed(pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal);
  await gone(pid);
}

/** Resolves when the process has ended. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(POLL_MS);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that its parent has not reaped yet counts as dead.
    return process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

/** The id of the server that runs, or last ran, on the data in the folder. */
export async function postmasterPid(dir: string): Promise<number | undefined> {
  const file = await readFile(join(dir, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(file.split('\n')[0]);
  return pid > 0 && isAlive(pid) ? pid : undefined;
}

export async function expectStopped(dir: string, url: string): Promise<void> {
  await expect(stat(join(dir, 'data', 'postmaster.pid'))).rejects.toThrow('ENOENT');
  await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
}

export async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
