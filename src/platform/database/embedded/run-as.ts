import { type ChildProcess, spawn } from 'node:child_process';
import { chown, cp, lchown, readdir, readFile, rm, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, ifExists } from './failure.js';
import { type Programs, programsIn } from './programs.js';

interface Account {
  readonly uid: number;
  readonly gid: number;
}

interface Way {
  /** Put before the program: a command that changes the user and then becomes the program. */
  readonly prefix: readonly string[];
  /** The account that the system call itself switches to. */
  readonly account?: Account;
}

export interface Finished {
  readonly ok: boolean;
  readonly output: string;
}

/** How the programs of PostgreSQL are run. As root they are not run as such, because PostgreSQL refuses that. */
export interface RunAs {
  run(program: 'initdb' | 'pg_ctl', args: readonly string[], env?: Record<string, string>): Promise<Finished>;
  /** Hands a file that this process has written over to the user that the programs run as. */
  handOver(path: string): Promise<void>;
}

/**
 * Finds the way to run PostgreSQL on the given folder.
 *
 * A normal user runs it directly. For root, the owner of the folder decides: somebody else's is served as that user.
 * In root's own folder the programs run in a user namespace, in which root looks like a normal user: they read and
 * write exactly what root can, wherever project and folder are. Where namespaces are forbidden (most containers), the
 * folder is given to an unprivileged account. If that account cannot read the programs, they are copied into the
 * folder; if the folder itself is out of its reach, it is let through by a capability, or the attempt fails.
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

  const direct: Way = { prefix: [], account };
  const mayPass: Way = { prefix: passCommand(account) };
  for (const way of [direct, mayPass]) {
    if (!(await execute(dir, way, '/bin/sh', ['-c', 'cd "$0"', dir])).ok) continue;
    if ((await execute(dir, way, programs.postgres, ['--version'])).ok) return runAs(dir, programs, way, account);
    return runAs(dir, await copyPrograms(dir, programs, account), way, account);
  }
  throw failure(
    `PostgreSQL does not run as root, and the user ${account.uid} that stands in for root here cannot enter ${dir}. ` +
      'Run this as a normal user, or choose a folder that every user can reach.',
  );
}

function runAs(dir: string, programs: Programs, way: Way, owner?: Account): RunAs {
  return {
    run: async (program, args, env = {}) => execute(dir, way, programs[program], args, env),
    handOver: async (path) => {
      if (owner !== undefined) await chown(path, owner.uid, owner.gid);
    },
  };
}

/** initdb looks its user up by number, so the namespace has to show root as an account that exists on this machine. */
async function namespaceCommand(): Promise<string[]> {
  const account = (await accounts()).find(({ uid }) => uid !== 0) ?? { uid: 1000, gid: 1000 };
  return ['unshare', '--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`, '--'];
}

/** PostgreSQL looks at its own files with access(2), which heeds capabilities only with no_setuid_fixup. */
function passCommand({ uid, gid }: Account): string[] {
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

/** The folder itself comes last: as long as it belongs to root, an interrupted run is repeated. */
async function giveAway(dir: string, { uid, gid }: Account): Promise<void> {
  for (const name of await readdir(dir, { recursive: true })) await ifExists(lchown(join(dir, name), uid, gid));
  await chown(dir, uid, gid);
}

/** Copies the programs to where the account can run them (about 60 MB); an earlier copy of the same version is used. */
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
 * Runs a program to its end. It gets a session of its own, so that Ctrl-C in the terminal does not reach it or the
 * server that it starts, and an environment without the PG* variables that would redirect it.
 */
async function execute(
  dir: string,
  way: Way,
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const [command = program, ...rest] = [...way.prefix, program, ...args];
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  const child = spawn(command, rest, {
    cwd: dir,
    env: { ...Object.fromEntries(inherited), LC_ALL: 'C', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
    ...(way.account && { uid: way.account.uid, gid: way.account.gid }),
  });
  return finished(child);
}

async function finished(child: ChildProcess): Promise<Finished> {
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const result = (ok: boolean, note = ''): Finished => ({ ok, output: Buffer.concat(chunks).toString() + note });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(result(false, error.message)));
    // on Windows the server inherits the pipes and keeps them open
    child.once(process.platform === 'win32' ? 'exit' : 'close', (code) => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(result(code === 0));
    });
  });
}
