import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from '../../src/platform/database/embedded/cluster.js';
import { findPrograms } from '../../src/platform/database/embedded/programs.js';
import { findRunAs } from '../../src/platform/database/embedded/run-as.js';
import { freePort } from '../../src/edge/http/ports.js';
import { newCluster } from './new-cluster.js';

/** A PostgreSQL that a test can stop and start again, always on the same port. */
export interface OwnPostgres {
  /** The URL of a superuser. */
  readonly url: string;
  /** The output of the server so far. */
  log(): Promise<string>;
  start(): Promise<void>;
  /** Stops it immediately, like a crash. */
  stop(): Promise<void>;
  /** Stops it and deletes its folder. */
  remove(): Promise<void>;
}

/**
 * Creates a PostgreSQL without starting it.
 * @param settings in addition to those that keep it small
 * @param files    additional files in the data folder: name and text
 */
export async function newOwnPostgres(
  settings: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<OwnPostgres> {
  const dir = await mkdtemp(join(tmpdir(), 'storewatch-own-'));
  const cluster = new Cluster(dir);
  newCluster(dir);
  const runAs = await findRunAs(dir, await findPrograms());
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(cluster.data, name), text, { mode: 0o600 });
    await runAs.handOver(join(cluster.data, name));
  }
  const port = await freePort('127.0.0.1');
  const control = async (...args: string[]): Promise<void> => {
    const { ok, output } = await runAs.run('pg_ctl', args, { PGDATA: cluster.data });
    if (!ok) throw new Error(output);
  };
  const stop = (): Promise<void> => control('stop', '--mode', 'immediate', '--wait');
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    shared_buffers: '16MB',
    ...settings,
  };
  const options = Object.entries({ port: String(port), ...all }).map(([name, value]) => `-c ${name}=${value}`);
  return {
    url: `postgresql://storewatch:${await cluster.password()}@127.0.0.1:${port}/postgres`,
    start: () => control('start', '--wait', '--log', 'postgres.log', '--options', options.join(' ')),
    stop,
    log: () => readFile(cluster.log, 'utf8'),
    remove: async () => {
      await stop().catch(() => {});
      await rm(dir, { recursive: true, force: true });
    },
  };
}
