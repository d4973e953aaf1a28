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
/** How long a server may exist without answering at all; one that answers "starting up" may take longer. */
const SILENCE_MS = 60_000;
/** For each death of a server that is in use; an attempt itself tries for some seconds. */
const RECOVERY_ATTEMPTS = 5;
const RECOVERY_PAUSE_MS = 1_000;
/** A server that dies more often than so is not started again: something ends it each time. */
const MOST_DEATHS = 5;
const DEATHS_WITHIN_MS = 10 * 60_000;

export interface EmbeddedPostgres {
  /** postgresql://storewatch:...@127.0.0.1:PORT/storewatch */
  readonly url: string;
  /** true when this call started the server, false when it found it running */
  readonly started: boolean;
  /** Rejects when the server has died and could not be brought back: the URL leads nowhere then. */
  readonly failed: Promise<never>;
  /** Says that this process is done with the server; the last process to say so stops it (fast shutdown). Idempotent. */
  release(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

export interface EmbeddedPostgresOptions {
  /** Settings of PostgreSQL that differ from the defaults here. They apply if this call starts the server. */
  readonly settings?: Settings;
  /** Is told, in sentences, when the server has died and when it is back. */
  readonly tell?: (message: string) => void;
}

interface Connected {
  readonly keeper: Keeper;
  readonly address: Address;
  /** Whether it did not run before. */
  readonly started: boolean;
}

/** What this process uses, or is about to. */
const inUse = new Set<Promise<EmbeddedPostgres>>();
const interruption = new AbortController();

/**
 * For a process that is told to end in the middle of its work: releases every server that it has opened. One that is just
 * being started is started first; nobody is waited for who holds the folder.
 */
export async function releaseAllEmbedded(): Promise<void> {
  interruption.abort(failure('The process was told to end.'));
  await Promise.allSettled([...inUse].map(async (opening) => (await opening).release()));
}

/**
 * Opens the PostgreSQL that lives in a folder: creates it if it does not exist, starts it if it does not run, and
 * otherwise shares it with the processes that use it already. A server left behind by a process that died is shared
 * like any other. Errors are EmbeddedPostgresErrors, worded for the person at the terminal.
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
    // its line in postmaster.pid would be two
    if (path.includes('\n')) throw failure('The folder of the database must not have a line break in its name.');
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

/** A folder that was there may be open to everybody, who could then put a password file of their own into it. */
async function closeToOthers(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { uid, mode } = await stat(path);
  if (uid === process.getuid?.() && (mode & 0o077) !== 0) await chmod(path, 0o700);
}

/** To be called under the lock of the folder. */
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
      `The data in ${cluster.data} are of PostgreSQL ${theirs}, and the embedded one is PostgreSQL ${ours}. ` +
        `To keep the data, dump them with PostgreSQL ${theirs} and restore the dump here after moving the folder away; ` +
        'to begin with an empty database, only move it away.',
    );
  }
}

/** Connects to the server if one runs on the data folder, waiting for one that is starting or stopping. */
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
        throw failure(`The running database in ${cluster.dir} refuses the password that is kept beside it.`, '', error);
      }
      // class 57P: not yet, or no longer, in service
      if (error instanceof DatabaseError && code?.startsWith('57P') !== true) throw error;
      if (code === '57P03') heardAt = Date.now();
    }
    if (Date.now() - heardAt > SILENCE_MS) {
      throw failure(
        `Process ${postmaster.pid}, the database in ${cluster.dir} by ${cluster.data}/postmaster.pid, does not answer. ` +
          'If that process hangs, end it; if it is something else, delete that file. Then try again.',
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
  readonly #deathsMs: number[] = [];
  #keeper: Keeper;
  #fail = (_error: unknown): void => {};
  #released: Promise<void> | undefined;

  constructor(cluster: Cluster, settings: Settings, tell: (message: string) => void, connected: Connected) {
    const { keeper, address, started } = connected;
    this.url = `postgresql://${address.user}:${address.password}@127.0.0.1:${address.port}/${DATABASE}`;
    this.started = started;
    this.failed = new Promise((_resolve, reject) => (this.#fail = reject));
    this.failed.catch(() => {}); // whoever waits hears of it; nobody may be waiting
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
      // nothing to stop in a folder that has been deleted: PostgreSQL notices that itself
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
   * A crash of one session makes PostgreSQL drop them all and go on: then this connects again, since without its lock others
   * would stop the server. A server that has died is started again, by whoever gets the lock of the folder first.
   */
  async #recover(): Promise<void> {
    const { dir, lock, log } = this.#cluster;
    try {
      // under the lock: a connection of which release() does not know would keep the last user from stopping the server
      if (await withLock(lock, () => this.#reconnect())) return;
      if (this.#released !== undefined) return;
      this.#countDeath();
      this.#tell(`The database in ${dir} has died (its log is ${log}). Starting it again.`);
      await this.#patiently(() => withLock(lock, () => this.#revive()));
      this.#tell(`The database in ${dir} is back.`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#fail(failure(`The database in ${dir} died and did not come back. Start Storewatch again.`, reason, error));
    }
  }

  async #patiently(work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (attempt === RECOVERY_ATTEMPTS) throw error;
        await sleep(RECOVERY_PAUSE_MS * attempt, undefined, { ref: false });
      }
    }
  }

  /** False if there is no server to connect to. */
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
      throw new Error(`It is on port ${address.port} now, since something else has taken ${this.#address.port}.`);
    }
    await this.#keeper.end();
    this.#keeper = keeper;
    keeper.whenLost(() => void this.#recover());
  }

  #countDeath(): void {
    const nowMs = performance.now();
    this.#deathsMs.push(nowMs);
    const recent = this.#deathsMs.filter((deathMs) => deathMs > nowMs - DEATHS_WITHIN_MS);
    if (recent.length > MOST_DEATHS) {
      throw new Error(`It has died ${recent.length} times within ${DEATHS_WITHIN_MS / 60_000} minutes.`);
    }
  }
}
