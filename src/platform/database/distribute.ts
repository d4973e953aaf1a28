import type { Pool, PoolClient } from 'pg';
import { DomainError } from '#libs/errors.js';
import { SEQUENTIAL, type Step, isDistributed, planDistribution } from './distribution.js';
import { Lock } from './locks.js';
import { inTransaction } from './transaction.js';

/**
 * From this version, reference tables can have an integer identity column. Storewatch's Citus rules were tested on
 * 13.2.
 */
const OLDEST_CITUS = 12;

/**
 * Distributes the tables. Each step is one transaction, so an interrupted run resumes where it stopped. Several
 * processes may run this at once.
 * @param onStep called before each step
 * @returns the number of steps
 * @throws DomainError unavailable if this server cannot distribute tables
 */
export async function distribute(pool: Pool, onStep: (step: Step) => void): Promise<number> {
  await checkCitus(pool);
  let last: Step | undefined;
  for (let steps = 0; ; steps++) {
    const step = await inTransaction(pool, (client) => takeStep(client, onStep));
    if (!step) return steps;
    if (step.what === last?.what) throw new Error(`A step ran but is still pending: ${step.what}.`);
    last = step;
  }
}

async function takeStep(client: PoolClient, onStep: (step: Step) => void): Promise<Step | undefined> {
  await client.query('select pg_advisory_xact_lock($1)', [Lock.migrate]);
  const [step] = await planDistribution(client);
  if (!step) return undefined;
  onStep(step);
  for (const statement of [SEQUENTIAL, ...step.statements]) await client.query(statement);
  return step;
}

/**
 * Distributes a new database if requested. Continues with a partly distributed one, so tables added by a migration are
 * distributed too.
 * @param isWanted DISTRIBUTED
 * @throws DomainError unavailable if this server cannot distribute tables, or if stores exist and nothing is
 *   distributed
 */
export async function keepDistributed(pool: Pool, isWanted: boolean): Promise<void> {
  const isBegun = await isDistributed(pool, 'store');
  if (!isBegun && !isWanted) return;
  if ((await planDistribution(pool)).length === 0) return;
  await checkCitus(pool);
  const { rows } = await pool.query('select 1 from store limit 1');
  if (!isBegun && rows.length > 0) {
    throw refusal(
      'DISTRIBUTED is on, but the tables have rows and are not distributed yet. Stop every process and run: storewatch distribute',
    );
  }
  await distribute(pool, () => {});
}

/** @throws DomainError unavailable, naming what is missing and how to get it */
export async function checkCitus(pool: Pool): Promise<void> {
  const { rows } = await pool.query(
    `select (select extversion from pg_extension where extname = 'citus') as version,
       exists (select 1 from pg_available_extensions where name = 'citus') as is_installed`,
  );
  const { version, is_installed: isInstalled } = rows[0] as { version: string | null; is_installed: boolean };
  if (version === null) {
    throw refusal(
      isInstalled
        ? 'Citus is installed on this PostgreSQL, but not in this database. On every server, as a superuser: create extension citus'
        : "Citus is not installed on this PostgreSQL. On every server install the package (postgresql-NN-citus-NN.N of packages.citusdata.com), set shared_preload_libraries = 'citus', restart PostgreSQL, and in the database run: create extension citus",
    );
  }
  if (Number.parseInt(version, 10) < OLDEST_CITUS) {
    throw refusal(
      `This server has Citus ${version}; Storewatch needs ${OLDEST_CITUS} or newer. Install it on every server, then: alter extension citus update`,
    );
  }
  await checkCoordinator(pool);
}

async function checkCoordinator(pool: Pool): Promise<void> {
  const { rows } = await pool.query(
    `select (select groupid from pg_catalog.pg_dist_local_group) as local,
       (select count(*) from pg_catalog.pg_dist_node)::integer as nodes,
       (select count(*) from pg_catalog.pg_dist_node where groupid = 0)::integer as coordinators,
       (select count(*) from pg_catalog.pg_dist_node where isactive and shouldhaveshards)::integer as "shardServers"`,
  );
  const { local, nodes, coordinators, shardServers } = rows[0] as Record<string, number>;
  if (local !== 0)
    throw refusal('This PostgreSQL is a worker of a Citus cluster. Set DATABASE_URL to its coordinator.');
  if (nodes > 0 && coordinators === 0) {
    throw refusal(
      "The coordinator is not among the cluster's nodes, so its tables cannot be joined to reference tables. Run there: select citus_set_coordinator_host('HOST', 5432)",
    );
  }
  if (nodes > 0 && shardServers === 0) {
    throw refusal(
      "No server of the cluster accepts shards. Add one that already has the database and its extension citus. Run on the coordinator: select citus_add_node('HOST', 5432)",
    );
  }
}

const refusal = (message: string): DomainError => new DomainError('unavailable', `${message}.`);
