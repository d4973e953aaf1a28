import { mkdir, realpath, stat } from 'node:fs/promises';
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

export interface EmbeddedPostgres {
  /** postgresql://storewatch:...@127.0.0.1:PORT/storewatch */
  readonly url: string;
  /** true when this call started the server, false when it found it running */
  readonly started: boolean;
  /** Says that this process is done with the server; the last process to say so stops it (fast shutdown). Idempotent. */
  release(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

export interface EmbeddedPostgresOptions {
  /** Settings of PostgreSQL that differ from the defaults here. They apply if this call starts the server. */
  readonly settings?: Settings;
}

interface Connected {
  readonly keeper: Keeper;
  readonly address: Address;
}

/**
 * Opens the PostgreSQL that lives in a folder: creates it if it does not exist, starts it if it does not run, and
 * otherwise shares it with the processes that use it already. A server left behind by a process that died is shared
 * like any other. Errors are EmbeddedPostgresErrors, worded for the person at the terminal.
 */
export async function openEmbeddedPostgres(
  dir: string,
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  try {
    const path = resolve(dir);
    // its line in postmaster.pid would be two
    if (path.includes('\n')) throw failure('The folder of the database must not have a line break in its name.');
    await mkdir(path, { recursive: true, mode: 0o700 });
    const cluster = new Cluster(await realpath(path));
    return await withLock(cluster.lock, async () => open(cluster, options.settings ?? {}));
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw failure(`The embedded database in ${dir} could not be opened.`, String(error), error);
  }
}

async function open(cluster: Cluster, settings: Settings): Promise<EmbeddedPostgres> {
  const running = await connect(cluster);
  if (running !== undefined) return new Opened(cluster, running, false);

  const programs = await findPrograms();
  const runAs = await findRunAs(cluster.dir, programs);
  await prepareData(cluster, runAs, programs, settings);
  const defaults = { ...defaultSettings(usableMemory()), ...(await sharedMemorySettings()) };
  await cluster.start(runAs, { ...defaults, ...settings });
  const started = await connect(cluster);
  if (started !== undefined) return new Opened(cluster, started, true);
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
async function connect(cluster: Cluster): Promise<Connected | undefined> {
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
    await sleep(POLL_MS);
  }
}

class Opened implements EmbeddedPostgres {
  readonly url: string;
  readonly started: boolean;
  readonly #cluster: Cluster;
  readonly #keeper: Keeper;
  #released: Promise<void> | undefined;

  constructor(cluster: Cluster, { keeper, address }: Connected, started: boolean) {
    this.url = `postgresql://${address.user}:${address.password}@127.0.0.1:${address.port}/${DATABASE}`;
    this.started = started;
    this.#cluster = cluster;
    this.#keeper = keeper;
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
}
