import { type ChildProcess, spawn } from 'node:child_process';
import { chown, cp, lchown, readdir, readFile, rm, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, ifExists } from './failure.js';
import { type Programs, programsIn } from './programs.js';

interface Account {
  readonly uid: number;
  readonly gid: number;
}

interface LaunchMode {
  /** Command prefix that switches the user and then executes the program. */
  readonly prefix: readonly string[];
  /** The account for spawn()'s own uid and gid options. */
  readonly account?: Account;
}

export interface Finished {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs the PostgreSQL programs. PostgreSQL refuses to run as root, so root needs another user. */
export interface RunAs {
  run(program: 'initdb' | 'pg_ctl', args: readonly string[], env?: Record<string, string>): Promise<Finished>;
  /** Gives a file that this process wrote to the user that the programs run as. */
  handOver(path: string): Promise<void>;
}

/**
 * Decides how to run PostgreSQL on the given folder.
 *
 * A normal user runs it directly. For root, the owner of the folder decides:
 *
 * - Another user owns it: the programs run as that user.
 * - root owns it: the programs run in a user namespace, where root looks like a normal user. They can read and write
 *   everything that root can.
 * - Namespaces are forbidden, as in most containers: the folder is given to an unprivileged account. If that account
 *   cannot read the programs, they are copied into the folder. If it cannot enter the folder, setpriv grants a
 *   capability. If that fails too, this throws.
 */
export async function findRunAs(dir: string, programs: Programs): Promise<RunAs> {
  if (process.getuid?.() !== 0) return runAs(dir, programs, { prefix: [] });

  let account: Account = await stat(dir);
  if (account.uid === 0) {
    const namespace = { prefix: await namespaceCommand() };
    if ((await execute(dir, namespace, 'true', [])).ok) return runAs(dir, programs, namespace);
    account = await unprivilegedAccount();
    await giveAway(dir, account);
  }

  const direct: LaunchMode = { prefix: [], account };
  const withCapability: LaunchMode = { prefix: capabilityCommand(account) };
  for (const mode of [direct, withCapability]) {
    if (!(await execute(dir, mode, '/bin/sh', ['-c', 'cd "$0"', dir])).ok) continue;
    if ((await execute(dir, mode, programs.postgres, ['--version'])).ok) return runAs(dir, programs, mode, account);
    return runAs(dir, await copyPrograms(dir, programs, account), mode, account);
  }
  throw failure(
    `PostgreSQL refuses to run as root, and the user ${account.uid} that replaces root here cannot enter ${dir}. ` +
      'Run this as a normal user, or choose a folder that every user can enter.',
  );
}

function runAs(dir: string, programs: Programs, mode: LaunchMode, owner?: Account): RunAs {
  return {
    run: async (program, args, env = {}) => execute(dir, mode, programs[program], args, env),
    handOver: async (path) => {
      if (owner !== undefined) await chown(path, owner.uid, owner.gid);
    },
  };
}

/** initdb looks up its user by uid, so the namespace must map root to an account that exists on this machine. */
async function namespaceCommand(): Promise<string[]> {
  const account = (await accounts()).find(({ uid }) => uid !== 0) ?? { uid: 1000, gid: 1000 };
  return ['unshare', '--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`, '--'];
}

/** PostgreSQL checks its files with access(2), which honors capabilities only with no_setuid_fixup. */
function capabilityCommand({ uid, gid }: Account): string[] {
  const user = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup'];
  return ['setpriv', ...user, ...capability, '--'];
}

async function unprivilegedAccount(): Promise<Account> {
  const known = await accounts();
  return (
    known.find(({ name }) => name === 'postgres') ??
    known.find(({ name }) => name === 'nobody') ?? { uid: 65534, gid: 65534 }
  );
}

async function accounts(): Promise<(Account & { name: string })[]> {
  const passwd = (await ifExists(readFile('/etc/passwd', 'utf8'))) ?? '';
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 7)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}

/** Changes the owner of the folder last: while root still owns it, an interrupted run starts over. */
async function giveAway(dir: string, { uid, gid }: Account): Promise<void> {
  for (const name of await readdir(dir, { recursive: true })) await ifExists(lchown(join(dir, name), uid, gid));
  await chown(dir, uid, gid);
}

/**
 * Copies the programs (about 60 MB) to a folder that the account can read. Reuses an existing copy of the same version.
 */
async function copyPrograms(dir: string, programs: Programs, account: Account): Promise<Programs> {
  const copy = join(dir, `programs-${programs.version}`);
  if ((await ifExists(stat(copy))) === undefined) {
    const draft = `${copy}.draft`;
    await rm(draft, { recursive: true, force: true });
    await cp(programs.root, draft, { recursive: true, verbatimSymlinks: true });
    await giveAway(draft, account);
    await rename(draft, copy);
  }
  return programsIn(copy, programs.version);
}

/**
 * Runs a program and waits for it to exit. It runs in its own session, so Ctrl-C in the terminal does not reach it or
 * the server that it starts. PG* environment variables are removed because they would redirect it.
 */
async function execute(
  dir: string,
  mode: LaunchMode,
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const [command = program, ...rest] = [...mode.prefix, program, ...args];
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  const child = spawn(command, rest, {
    cwd: dir,
    env: { ...Object.fromEntries(inherited), LC_ALL: 'C', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
    ...(mode.account && { uid: mode.account.uid, gid: mode.account.gid }),
  });
  return finished(child);
}

async function finished(child: ChildProcess): Promise<Finished> {
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const result = (ok: boolean, note = ''): Finished => ({ ok, output: Buffer.concat(chunks).toString() + note });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(result(false, error.message)));
    // On Windows the server inherits the pipes and keeps them open, so "close" never fires.
    child.once(process.platform === 'win32' ? 'exit' : 'close', (code) => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(result(code === 0));
    });
  });
}
