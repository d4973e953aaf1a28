import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, failure, ifExists } from './failure.js';
import type { RunAs } from './run-as.js';
import { renderSettings } from './settings.js';

const SETTINGS_FILE = 'storewatch.conf';
const START_ATTEMPTS = 50;
/**
 * After a crash, other processes still connect to the old port. It is kept unless it stays taken for this many
 * attempts.
 */
const SAME_PORT_ATTEMPTS = 10;
const START_PAUSE_MS = 200;
/** Below the ephemeral range, so no outgoing connection occupies the port by chance between a crash and the restart. */
const PORTS = { from: 10_000, to: 32_000 };
/** Temporary failures: the port was taken meanwhile, or sessions of a killed server have not exited yet. */
const TEMPORARY = /Address already in use|could not bind|pre-existing shared memory block .* is still in use/;
/** pg_ctl stops waiting after this many seconds. Crash recovery replays at most a few GB of WAL. */
const PG_CTL_TIMEOUT_S = '600';

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** The files of an embedded PostgreSQL inside its folder. */
export class Cluster {
  readonly dir: string;
  readonly data: string;
  readonly log: string;
  readonly lock: string;
  readonly #password: string;

  constructor(dir: string) {
    this.dir = dir;
    this.data = join(dir, 'data');
    this.log = join(dir, 'postgres.log');
    this.lock = join(dir, 'start-stop.lock');
    this.#password = join(dir, 'password');
  }

  async password(): Promise<string> {
    const password = await ifExists(readFile(this.#password, 'utf8'));
    if (password !== undefined) return password;
    throw failure(
      `The password of the database in ${this.dir} is missing (${this.#password}). ` +
        'Restore the file, or delete the folder to start with an empty database.',
    );
  }

  /** The major PostgreSQL version of the data; undefined if there is no data yet. */
  async dataVersion(): Promise<string | undefined> {
    const version = await ifExists(readFile(join(this.data, 'PG_VERSION'), 'utf8'));
    if (version !== undefined) return version.trim();
    const files = await ifExists(readdir(this.data));
    if (files === undefined || files.length === 0) return undefined;
    throw failure(`${this.data} is not a PostgreSQL data folder. Move it away, or choose another folder.`);
  }

  /** Creates the data folder atomically, so that an interrupted attempt can be repeated. */
  async create(runAs: RunAs, user: string, durable: boolean): Promise<void> {
    const draft = `${this.data}.draft-${randomBytes(6).toString('hex')}`;
    await writeFile(this.#password, randomBytes(24).toString('base64url'), { mode: 0o600 });
    await runAs.handOver(this.#password);
    const { ok, output } = await runAs.run('initdb', [
      `--pgdata=${draft}`,
      `--username=${user}`,
      `--pwfile=${this.#password}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      // Sorts by byte like C, but handles upper and lower case beyond ASCII. The same on every system.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(durable ? [] : ['--no-sync']),
    ]);
    if (!ok) throw failure(`Could not create the database in ${this.data}.`, output);
    await appendFile(join(draft, 'postgresql.conf'), `\ninclude_if_exists = '${SETTINGS_FILE}'\n`);
    await rename(draft, this.data);
  }

  /** Removes leftovers of interrupted attempts to create the data folder. */
  async removeDrafts(): Promise<void> {
    for (const name of await readdir(this.dir)) {
      // An initdb that lost its parent may still be writing. What it leaves behind is removed next time.
      if (name.startsWith('data.draft-')) await rm(join(this.dir, name), { recursive: true }).catch(() => undefined);
    }
  }

  async start(runAs: RunAs, settings: Readonly<Record<string, string>>): Promise<void> {
    const settingsFile = join(this.data, SETTINGS_FILE);
    await writeFile(settingsFile, `# Rewritten at every start.\n${renderSettings(settings)}`, { mode: 0o600 });
    await runAs.handOver(settingsFile);
    await this.#disownPostmasterFile();
    let port = (await this.#readPostmaster()).port;
    for (let attempt = 1; ; attempt++) {
      if (!(port > 0) || attempt > SAME_PORT_ATTEMPTS) port = await freePort();
      const before = (await ifExists(stat(this.log)))?.size ?? 0;
      const listen = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
      // pg_ctl passes these through a shell, so they contain no paths: the log is relative to the current folder, and
      // the data folder is in PGDATA.
      const args = ['start', '--wait', '--timeout', PG_CTL_TIMEOUT_S, '--log', 'postgres.log', '--options', listen];
      const { ok, output } = await runAs.run('pg_ctl', args, { PGDATA: this.data });
      if (ok) return;
      const log = (await ifExists(readFile(this.log)))?.subarray(before).toString() ?? '';
      if (!TEMPORARY.test(log) || attempt === START_ATTEMPTS) {
        throw failure(
          `The database in ${this.dir} did not start (its log is ${this.log}).`,
          `${output.trim()}\n${log}`,
        );
      }
      await sleep(START_PAUSE_MS);
    }
  }

  async stop(runAs: RunAs): Promise<void> {
    const args = ['stop', '--mode', 'fast', '--wait', '--timeout', PG_CTL_TIMEOUT_S];
    const { ok, output } = await runAs.run('pg_ctl', args, { PGDATA: this.data });
    if (!ok && (await this.postmaster()) !== undefined) {
      throw failure(`The database in ${this.dir} did not stop (its log is ${this.log}).`, output);
    }
  }

  /** The server that runs on the data folder, also while it starts or stops. */
  async postmaster(): Promise<Postmaster | undefined> {
    const postmaster = await this.#readPostmaster();
    return (await isRunning(postmaster)) ? postmaster : undefined;
  }

  /** The server that runs or that crashed; NaN values if there is neither. */
  async #readPostmaster(): Promise<Postmaster> {
    const lines = (await ifExists(readFile(this.#postmasterFile, 'utf8')))?.split('\n') ?? [];
    return { pid: Number(lines[0] ?? NaN), port: Number(lines[3] ?? NaN) };
  }

  get #postmasterFile(): string {
    return join(this.data, 'postmaster.pid');
  }

  /**
   * PostgreSQL refuses to start if the process id in an old postmaster.pid belongs to another running process of the
   * same user. That is common in containers, where few process ids are used. PostgreSQL ignores the id of the process
   * that started pg_ctl (not on Windows), so this writes our own id. The other lines stay, because PostgreSQL uses them
   * to check for leftover sessions.
   */
  async #disownPostmasterFile(): Promise<void> {
    if (process.platform !== 'linux') return;
    const old = await ifExists(readFile(this.#postmasterFile, 'utf8'));
    if (old !== undefined) await writeFile(this.#postmasterFile, old.replace(/^\d+/, String(process.pid)));
  }
}

/**
 * Whether the process is this server, and not another program that now has the same process id. Checks the command
 * line, which every user can read. The current folder of another user's process is hidden even from root in a
 * container.
 */
async function isRunning({ pid, port }: Postmaster): Promise<boolean> {
  if (!(pid > 0 && port > 0)) return false;
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0);
    const [program = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return program.endsWith('postgres') && args.includes(String(port));
  } catch {
    return false;
  }
}

/** A random port that is currently free. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    const probe = createServer().listen(port, '127.0.0.1');
    try {
      await once(probe, 'listening');
      return port;
    } catch (error) {
      // EACCES: Windows reserves some ports.
      if (!['EADDRINUSE', 'EACCES'].includes(errorCode(error) ?? '')) throw error;
    } finally {
      probe.close();
    }
  }
}
