import { chmodSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from '../../src/platform/database/embedded/cluster.js';
import { findPrograms } from '../../src/platform/database/embedded/programs.js';
import { findRunAs } from '../../src/platform/database/embedded/run-as.js';

const TEMPLATE = 'STOREWATCH_TEST_CLUSTER';

/**
 * Creates an embedded PostgreSQL in the folder, and a copy in the folder's `new` for `newCluster`. Does not start it.
 */
export async function createCluster(dir: string): Promise<void> {
  await new Cluster(dir).create(await findRunAs(dir, await findPrograms()), 'storewatch', false);
  const template = join(dir, 'new');
  copy(dir, template);
  process.env[TEMPLATE] = template;
}

/**
 * Turns a folder into that of an embedded PostgreSQL that was created but never started. It is a copy, because initdb
 * takes 2 s.
 */
export function newCluster(dir: string): void {
  const template = process.env[TEMPLATE];
  if (template === undefined) throw new Error('There is no cluster to copy: is globalSetup in jest.config.js?');
  copy(template, dir);
}

function copy(from: string, to: string): void {
  for (const name of ['password', 'data']) cpSync(join(from, name), join(to, name), { recursive: true });
  // PostgreSQL requires it to be private, and Node.js does not copy the mode.
  chmodSync(join(to, 'data'), 0o700);
}
