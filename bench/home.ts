import { compiled } from '#bench/dist.js';
import { Floors } from '#bench/floors.js';
import type { Scope } from '#bench/scope.js';

/** A separate STOREWATCH_HOME with a running embedded PostgreSQL, durable and with default settings. */
export interface Home {
  readonly path: string;
  readonly floors: Floors;
  /** Releases the database. It stops when its last user releases it. */
  close(): Promise<void>;
}

export async function openHome(scope: Scope, name: string): Promise<Home> {
  const { openEmbeddedPostgres } = await compiled<
    typeof import('../src/platform/database/embedded/embedded-postgres.js')
  >('src/platform/database/embedded/embedded-postgres.js');
  const path = scope.path(name);
  const postgres = await openEmbeddedPostgres(scope.path(name, 'postgres'));
  const release = scope.defer(() => postgres.release());
  const floors = await Floors.connect(postgres.url, scope.path(`${name}.copy`));
  const disconnect = scope.defer(() => floors.close());
  return {
    path,
    floors,
    async close() {
      await disconnect();
      await release();
    },
  };
}
