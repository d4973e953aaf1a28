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
/** After a crash the port stays the same, which others still connect to, unless something else keeps it for so many attempts. */
const SAME_PORT_ATTEMPTS = 10;
const START_PAUSE_MS = 200;
/**
 * Below those that systems give to whoever connects: between a crash and the next start nobody gets it by chance, not even
 * somebody who tries to connect to it.
 */
const PORTS = { from: 10_000, to: 32_000 };
/** The port was taken meanwhile; sessions of a server that was killed have not noticed yet, which takes them a moment. */
const PASSING = /Address already in use|could not bind|pre-existing shared memory block .* is still in use/;
/** pg_ctl gives up waiting after this; recovery after a crash replays at most a few GB of WAL. */
const PATIENCE_S = '600';

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** Where the parts of an embedded PostgreSQL are inside its folder. */
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
        'Put the file back, or delete the folder to begin with an empty database.',
    );
  }

  /** Reads of which major version of PostgreSQL the data are; undefined if there are none yet. */
  async dataVersion(): Promise<string | undefined> {
    const version = await ifExists(readFile(join(this.data, 'PG_VERSION'), 'utf8'));
    if (version !== undefined) return version.trim();
    const files = await ifExists(readdir(this.data));
    if (files === undefined || files.length === 0) return undefined;
    throw failure(`${this.data} is not a data folder of PostgreSQL. Move it away, or choose another folder.`);
  }

  /** Creates the data folder. It appears complete or not at all, so that an interrupted attempt can be repeated. */
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
      // sorts like C, byte by byte, and knows upper and lower case beyond ASCII; the same on every system
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(durable ? [] : ['--no-sync']),
    ]);
    if (!ok) throw failure(`The database could not be created in ${this.data}.`, output);
    await appendFile(join(draft, 'postgresql.conf'), `\ninclude_if_exists = '${SETTINGS_FILE}'\n`);
    await rename(draft, this.data);
  }

  /** Removes what interrupted attempts to create the data folder have left. */
  async removeDrafts(): Promise<void> {
    for (const name of await readdir(this.dir)) {
      // an initdb that lost its parent may still be writing; what it leaves is removed the next time
      if (name.startsWith('data.draft-')) await rm(join(this.dir, name), { recursive: true }).catch(() => undefined);
    }
  }

  async start(runAs: RunAs, settings: Readonly<Record<string, string>>): Promise<void> {
    const settingsFile = join(this.data, SETTINGS_FILE);
    await writeFile(settingsFile, `# Written anew at each start.\n${renderSettings(settings)}`, { mode: 0o600 });
    await runAs.handOver(settingsFile);
    await this.#disownPostmasterFile();
    let port = (await this.#readPostmaster()).port;
    for (let attempt = 1; ; attempt++) {
      if (!(port > 0) || attempt > SAME_PORT_ATTEMPTS) port = await freePort();
      const before = (await ifExists(stat(this.log)))?.size ?? 0;
      const listen = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
      // through a shell, hence no paths: the log is in the current folder and the data in PGDATA
      const args = ['start', '--wait', '--timeout', PATIENCE_S, '--log', 'postgres.log', '--options', listen];
      const { ok, output } = await runAs.run('pg_ctl', args, { PGDATA: this.data });
      if (ok) return;
      const log = (await ifExists(readFile(this.log)))?.subarray(before).toString() ?? '';
      if (!PASSING.test(log) || attempt === START_ATTEMPTS) {
        throw failure(
          `The database in ${this.dir} did not start (its log is ${this.log}).`,
          `${output.trim()}\n${log}`,
        );
      }
      await sleep(START_PAUSE_MS);
    }
  }

  async stop(runAs: RunAs): Promise<void> {
    const args = ['stop', '--mode', 'fast', '--wait', '--timeout', PATIENCE_S];
    const { ok, output } = await runAs.run('pg_ctl', args, { PGDATA: this.data });
    if (!ok && (await this.postmaster()) !== undefined) {
      throw failure(`The database in ${this.dir} did not stop (its log is ${this.log}).`, output);
    }
  }

  /** Finds the server that runs on the data folder, be it starting or stopping. */
  async postmaster(): Promise<Postmaster | undefined> {
    const postmaster = await this.#readPostmaster();
    return (await isRunning(postmaster)) ? postmaster : undefined;
  }

  /** The server that runs, or that has crashed; NaN where there is neither. */
  async #readPostmaster(): Promise<Postmaster> {
    const lines = (await ifExists(readFile(this.#postmasterFile, 'utf8')))?.split('\n') ?? [];
    return { pid: Number(lines[0] ?? NaN), port: Number(lines[3] ?? NaN) };
  }

  get #postmasterFile(): string {
    return join(this.data, 'postmaster.pid');
  }

  /**
   * PostgreSQL refuses to start when the process id in an old postmaster.pid is alive again, as some other program of
   * the same user: usual in containers, where the ids are few. It ignores the id of the process that started pg_ctl
   * (not on Windows), so the file gets ours; the rest stays, for PostgreSQL checks that no old session is left.
   */
  async #disownPostmasterFile(): Promise<void> {
    if (process.platform !== 'linux') return;
    const old = await ifExists(readFile(this.#postmasterFile, 'utf8'));
    if (old !== undefined) await writeFile(this.#postmasterFile, old.replace(/^\d+/, String(process.pid)));
  }
}

/**
 * Whether the process is that server, and not some program that by now has the same process id. Its command line tells,
 * which everybody may read: the current folder of another user's process is hidden even from root in a container.
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

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    const probe = createServer().listen(port, '127.0.0.1');
    try {
      await once(probe, 'listening');
      return port;
    } catch (error) {
      // on Windows some are reserved
      if (!['EADDRINUSE', 'EACCES'].includes(errorCode(error) ?? '')) throw error;
    } finally {
      probe.close();
    }
  }
}
