import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { Cluster } from './cluster.js';
import { withLock } from './directory-lock.js';
import { EmbeddedPostgresError, errorCode, failure, ifExists } from './failure.js';
import { type Address, Keeper } from './keeper.js';
import { findPrograms, type Programs } from './programs.js';
import { findRunAs, type RunAs } from './run-as.js';
import { defaultSettings, sharedMemorySettings, usableMemory } from './settings.js';

const USER = 'storewatch';
const DATABASE = 'storewatch';
const POLL_MS = 50;
/** How long a running server may give no response at all. One that responds "starting up" may take longer. */
const SILENCE_MS = 60_000;
/** Attempts after each crash of a server in use. Each attempt retries for some seconds itself. */
const RECOVERY_ATTEMPTS = 5;
const RECOVERY_PAUSE_MS = 1_000;
/** A server that crashes more often than this is not restarted: something keeps ending it. */
const MAX_CRASHES = 5;
const CRASH_PERIOD_MS = 10 * 60_000;

export interface EmbeddedPostgres {
  /** postgresql://storewatch:...@127.0.0.1:PORT/storewatch */
  readonly url: string;
  /** True if this call started the server, false if it was already running. */
  readonly started: boolean;
  /** Rejects when the server crashed and could not be restarted. The URL is unusable from then on. */
  readonly failed: Promise<never>;
  /** Releases the server. The last process to release it stops it (fast shutdown). Idempotent. */
  release(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

export interface EmbeddedPostgresOptions {
  /** PostgreSQL settings that override the defaults here. They apply only if this call starts the server. */
  readonly settings?: Settings;
  /** Called with a sentence for people when the server crashes and when it is back. */
  readonly tell?: (message: string) => void;
}

interface Connected {
  readonly keeper: Keeper;
  readonly address: Address;
  /** True if the server was not running before. */
  readonly started: boolean;
}

/** The servers that this process uses or is opening. */
const inUse = new Set<Promise<EmbeddedPostgres>>();
const interruption = new AbortController();

/**
 * Releases every server that this process opened, for a process that is asked to exit while it works. A server that is
 * being started finishes starting first. Waiting for another process's folder lock is aborted.
 */
export async function releaseAllEmbedded(): Promise<void> {
  interruption.abort(failure('The process is exiting.'));
  await Promise.allSettled([...inUse].map(async (opening) => (await opening).release()));
}

/**
 * Opens the PostgreSQL in a folder: creates it if it does not exist, starts it if it is not running, and otherwise
 * shares it with the processes that already use it. A server left behind by a crashed process is shared the same way.
 * Errors are EmbeddedPostgresErrors, worded for the person at the terminal.
 */
export function openEmbeddedPostgres(dir: string, options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const opening = openFolder(dir, options);
  inUse.add(opening);
  opening.catch(() => inUse.delete(opening));
  return opening;
}

async function openFolder(dir: string, { settings = {}, tell = () => {} }: EmbeddedPostgresOptions): Promise<Opened> {
  try {
    const path = resolve(dir);
    // postmaster.pid stores one value per line, so a line break in the path would corrupt it.
    if (path.includes('\n')) throw failure('The path of the database folder must not contain a line break.');
    await mkdir(path, { recursive: true, mode: 0o700 });
    await closeToOthers(path);
    const cluster = new Cluster(await realpath(path));
    const connected = await withLock(cluster.lock, () => connectOrStart(cluster, settings), interruption.signal);
    return new Opened(cluster, settings, tell, connected);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw failure(`The embedded database in ${dir} could not be opened.`, String(error), error);
  }
}

/** An existing folder may be accessible to other users, who could then plant a password file in it. */
async function closeToOthers(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { uid, mode } = await stat(path);
  if (uid === process.getuid?.() && (mode & 0o077) !== 0) await chmod(path, 0o700);
}

/** The caller must hold the lock of the folder. */
async function connectOrStart(cluster: Cluster, settings: Settings): Promise<Connected> {
  const running = await connect(cluster);
  if (running !== undefined) return { ...running, started: false };

  const programs = await findPrograms();
  const runAs = await findRunAs(cluster.dir, programs);
  await prepareData(cluster, runAs, programs, settings);
  const defaults = { ...defaultSettings(usableMemory()), ...(await sharedMemorySettings()) };
  await cluster.start(runAs, { ...defaults, ...settings });
  const started = await connect(cluster);
  if (started !== undefined) return { ...started, started: true };
  throw failure(`The database in ${cluster.dir} stopped right after its start (its log is ${cluster.log}).`);
}

async function prepareData(cluster: Cluster, runAs: RunAs, programs: Programs, settings: Settings): Promise<void> {
  await cluster.removeDrafts();
  const ours = programs.version.split('.')[0];
  const theirs = await cluster.dataVersion();
  if (theirs === undefined) {
    await cluster.create(runAs, USER, settings['fsync'] !== 'off');
  } else if (theirs !== ours) {
    throw failure(
      `The data in ${cluster.data} is from PostgreSQL ${theirs}, but the embedded version is PostgreSQL ${ours}. ` +
        `To keep the data, dump it with PostgreSQL ${theirs}, move the folder away and restore the dump here. ` +
        'To start with an empty database, just move the folder away.',
    );
  }
}

/** Connects to the server if one runs on the data folder, waiting while it starts or stops. */
async function connect(cluster: Cluster): Promise<Omit<Connected, 'started'> | undefined> {
  let heardAt = Date.now();
  for (;;) {
    const postmaster = await cluster.postmaster();
    if (postmaster === undefined) return undefined;
    const address = { port: postmaster.port, user: USER, password: await cluster.password() };
    try {
      const keeper = await Keeper.connect(address, DATABASE);
      return { keeper, address };
    } catch (error) {
      const code = errorCode(error);
      if (code === '28P01') {
        throw failure(`The running database in ${cluster.dir} rejects the password stored next to it.`, '', error);
      }
      // SQLSTATE class 57P: the server is starting up or shutting down.
      if (error instanceof DatabaseError && code?.startsWith('57P') !== true) throw error;
      if (code === '57P03') heardAt = Date.now();
    }
    if (Date.now() - heardAt > SILENCE_MS) {
      throw failure(
        `Process ${postmaster.pid}, the database in ${cluster.dir} according to ${cluster.data}/postmaster.pid, does not answer. ` +
          'If that process hangs, end it. If it is another program, delete that file. Then try again.',
      );
    }
    await sleep(POLL_MS, undefined, { signal: interruption.signal });
  }
}

class Opened implements EmbeddedPostgres {
  readonly url: string;
  readonly started: boolean;
  readonly failed: Promise<never>;
  readonly #cluster: Cluster;
  readonly #settings: Settings;
  readonly #address: Address;
  readonly #tell: (message: string) => void;
  readonly #crashesMs: number[] = [];
  #keeper: Keeper;
  #fail = (_error: unknown): void => {};
  #released: Promise<void> | undefined;

  constructor(cluster: Cluster, settings: Settings, tell: (message: string) => void, connected: Connected) {
    const { keeper, address, started } = connected;
    this.url = `postgresql://${address.user}:${address.password}@127.0.0.1:${address.port}/${DATABASE}`;
    this.started = started;
    this.failed = new Promise((_resolve, reject) => (this.#fail = reject));
    this.failed.catch(() => {}); // nobody may be awaiting it; avoids an unhandled rejection
    this.#cluster = cluster;
    this.#settings = settings;
    this.#address = address;
    this.#tell = tell;
    this.#keeper = keeper;
    keeper.whenLost(() => void this.#recover());
  }

  async release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    const { dir, lock } = this.#cluster;
    try {
      // If the folder is deleted, there is nothing to stop: PostgreSQL notices that and exits.
      if ((await ifExists(stat(dir))) === undefined) return;
      await withLock(lock, async () => {
        if ((await this.#keeper.leave()) !== 'last') return;
        await this.#cluster.stop(await findRunAs(dir, await findPrograms()));
      });
    } finally {
      await this.#keeper.end();
    }
  }

  /**
   * When one session crashes, PostgreSQL drops all sessions and keeps running. This process must then reconnect,
   * because without its lock others would stop the server. If the server itself crashed, the first process to get the
   * folder's lock restarts it.
   */
  async #recover(): Promise<void> {
    const { dir, lock, log } = this.#cluster;
    try {
      // Needs the lock: a connection that release() does not know about would keep the last user from stopping the
      // server.
      if (await withLock(lock, () => this.#reconnect())) return;
      if (this.#released !== undefined) return;
      this.#countCrash();
      this.#tell(`The database in ${dir} crashed (its log is ${log}). Restarting it.`);
      await this.#withRetries(() => withLock(lock, () => this.#revive()));
      this.#tell(`The database in ${dir} is back.`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#fail(
        failure(`The database in ${dir} crashed and could not be restarted. Start Storewatch again.`, reason, error),
      );
    }
  }

  async #withRetries(work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (attempt === RECOVERY_ATTEMPTS) throw error;
        await sleep(RECOVERY_PAUSE_MS * attempt, undefined, { ref: false });
      }
    }
  }

  /** @returns false if no server is running */
  async #reconnect(): Promise<boolean> {
    if (this.#released !== undefined) return true;
    const running = await connect(this.#cluster).catch(() => undefined);
    if (running !== undefined) await this.#adopt(running);
    return running !== undefined;
  }

  async #revive(): Promise<void> {
    if (this.#released === undefined) await this.#adopt(await connectOrStart(this.#cluster, this.#settings));
  }

  async #adopt({ keeper, address }: Omit<Connected, 'started'>): Promise<void> {
    if (address.port !== this.#address.port) {
      await keeper.end();
      throw new Error(`It moved to port ${address.port} because another program took port ${this.#address.port}.`);
    }
    await this.#keeper.end();
    this.#keeper = keeper;
    keeper.whenLost(() => void this.#recover());
  }

  #countCrash(): void {
    const nowMs = performance.now();
    this.#crashesMs.push(nowMs);
    const recent = this.#crashesMs.filter((crashMs) => crashMs > nowMs - CRASH_PERIOD_MS);
    if (recent.length > MAX_CRASHES) {
      throw new Error(`It crashed ${recent.length} times within ${CRASH_PERIOD_MS / 60_000} minutes.`);
    }
  }
}
