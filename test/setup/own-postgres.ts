import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from '../../src/database/embedded/cluster.js';
import { findPrograms } from '../../src/database/embedded/programs.js';
import { findRunAs } from '../../src/database/embedded/run-as.js';
import { freePort } from '../../src/transport/ports.js';

/** A PostgreSQL that a test stops and starts again, always on the same port. */
export interface OwnPostgres {
  readonly url: string;
  start(): Promise<void>;
  /** At once, as a crash does. */
  stop(): Promise<void>;
  /** For good. */
  remove(): Promise<void>;
}

/** Not started yet. */
export async function newOwnPostgres(): Promise<OwnPostgres> {
  const dir = await mkdtemp(join(tmpdir(), 'storewatch-own-'));
  const cluster = new Cluster(dir);
  const runAs = await findRunAs(dir, await findPrograms());
  await cluster.create(runAs, 'storewatch', false);
  const port = await freePort('127.0.0.1');
  const control = async (...args: string[]): Promise<void> => {
    const { ok, output } = await runAs.run('pg_ctl', args, { PGDATA: cluster.data });
    if (!ok) throw new Error(output);
  };
  const stop = (): Promise<void> => control('stop', '--mode', 'immediate', '--wait');
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c shared_buffers=16MB`;
  return {
    url: `postgresql://storewatch:${await cluster.password()}@127.0.0.1:${port}/postgres`,
    start: () => control('start', '--wait', '--log', 'postgres.log', '--options', options),
    stop,
    remove: async () => {
      await stop().catch(() => {});
      await rm(dir, { recursive: true, force: true });
    },
  };
}
