import { compiled } from '#bench/dist.js';
import { Floors } from '#bench/floors.js';
import type { Scope } from '#bench/scope.js';

/** A STOREWATCH_HOME of its own whose embedded PostgreSQL runs, durable and with default settings. */
export interface Home {
  readonly path: string;
  readonly floors: Floors;
  /** Lets go of the database: it stops as soon as nobody else uses it. */
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
