import type { Pool } from 'pg';
import { checkCitus } from '../distribute.js';
import { DISTRIBUTED_TABLES, planDistribution } from '../distribution.js';
import { type Check, type Finding, ok, one, problem, warning } from './finding.js';

/** A shard that holds so many times the mean is worth a look. */
const MAX_SKEW = 3;
/** Smaller ones say nothing about skew. */
const MIN_SHARD_BYTES = 10_000_000;

interface NodeAnswer {
  readonly node: string;
  readonly success: boolean;
  readonly result: string;
}

/** What a query of one value answers on every server of the cluster. */
async function onAllNodes(pool: Pool, sql: string): Promise<NodeAnswer[]> {
  const { rows } = await pool.query(
    `select nodename || ':' || nodeport as node, success, result
     from run_command_on_all_nodes($1) join pg_catalog.pg_dist_node using (nodeid) order by 1`,
    [sql],
  );
  return rows;
}

const version: Check = async (pool) => {
  await checkCitus(pool);
  const { version: citus } = await one<{ version: string }>(
    pool,
    `select extversion as version from pg_extension where extname = 'citus'`,
  );
  return [ok('Citus', `${citus}; this server is the coordinator`)];
};

const servers: Check = async (pool) => {
  const found: Finding[] = [];
  const { rows } = await pool.query(
    `select nodename || ':' || nodeport as node, isactive as "isActive" from pg_catalog.pg_dist_node order by 1`,
  );
  for (const { node, isActive } of rows) {
    if (!isActive) found.push(problem('servers', `${node} is deactivated: select citus_activate_node(…)`));
  }
  for (const { node, success, result } of await onAllNodes(pool, 'select 1')) {
    if (!success) found.push(problem('servers', `${node} does not answer: ${result}`));
  }
  return found.length > 0 ? found : [ok('servers', `all ${rows.length} answer`)];
};

const owner: Check = async (pool) => {
  const { user } = await one<{ user: string }>(pool, 'select quote_ident(current_user) as user');
  const answers = await onAllNodes(
    pool,
    'select pg_has_role(datdba, $$usage$$)::text from pg_database where datname = current_database()',
  );
  const found = answers
    .filter(({ success, result }) => success && result !== 'true' && result !== 't')
    .map(({ node }) =>
      problem(
        'ownership',
        `${user} does not own the database on ${node}; run there: alter database … owner to ${user}`,
      ),
    );
  return found.length > 0 ? found : [ok('ownership', `${user} owns the database on every server`)];
};

const versions: Check = async (pool) => {
  const answers = await onAllNodes(
    pool,
    'select current_setting($$server_version$$) || $$, Citus $$ || extversion from pg_extension where extname = $$citus$$',
  );
  const known = new Set(answers.filter(({ success }) => success).map(({ result }) => result));
  if (known.size <= 1) return [ok('versions', `PostgreSQL ${[...known][0] ?? '?'} everywhere`)];
  const text = answers.map(({ node, result }) => `${node}: ${result}`).join('; ');
  return [warning('versions', `servers differ (${text}): bring them to the same version`)];
};

const walLevel: Check = async (pool) => {
  const answers = await onAllNodes(pool, 'select current_setting($$wal_level$$)');
  const found = answers
    .filter(({ success, result }) => success && result !== 'logical')
    .map(({ node, result }) =>
      warning(
        'wal_level',
        `${node} has ${result}: shards cannot be moved online. Set wal_level = logical and restart it`,
      ),
    );
  return found.length > 0 ? found : [ok('wal_level', 'logical on every server: shards can be moved online')];
};

const tables: Check = async (pool) => {
  const plan = await planDistribution(pool);
  if (plan.length === 0) return [ok('tables', 'distributed, or copied to every server')];
  return [problem('tables', `${plan[0].what}: not done yet. Stop every process and run storewatch distribute`)];
};

const identities: Check = async (pool) => {
  const { rows } = await pool.query(
    `select relname as name from pg_class where oid = any($1::regclass[]) and relreplident <> 'f'
       and not exists (select 1 from pg_index where indrelid = pg_class.oid and indisprimary) order by 1`,
    [[...DISTRIBUTED_TABLES]],
  );
  if (rows.length === 0) return [ok('replica identity', 'every distributed table has one')];
  return rows.map(({ name }) =>
    problem(
      'replica identity',
      `${name} has none, so its shards cannot be moved: alter table ${name} replica identity full`,
    ),
  );
};

const balance: Check = async (pool) => {
  const { rows } = await pool.query(
    `select nodename || ':' || nodeport as node, count(*)::integer as shards, sum(shard_size)::float8 as bytes,
       max(shard_size)::float8 as largest from citus_shards where citus_table_type = 'distributed' group by 1 order by 1`,
  );
  const found: Finding[] = [];
  const total = rows.reduce((sum, { bytes }) => sum + (bytes as number), 0);
  const shards = rows.reduce((sum, row) => sum + (row.shards as number), 0);
  for (const { node, largest } of rows) {
    if (largest > MIN_SHARD_BYTES && largest > (MAX_SKEW * total) / shards) {
      const times = (largest / (total / shards)).toFixed(1);
      found.push(warning('balance', `${node} has a shard with ${times} times the mean size`));
    }
  }
  const { idle } = await one<{ idle: number }>(
    pool,
    `select count(*)::integer as idle from pg_catalog.pg_dist_node where shouldhaveshards and isactive
       and groupid not in (select groupid from pg_catalog.pg_dist_placement)`,
  );
  if (idle > 0) found.push(warning('balance', `${idle} servers have no shard: select citus_rebalance_start()`));
  const shares = rows.map(({ node, bytes }) => `${node} ${Math.round((100 * bytes) / Math.max(total, 1))}%`).join(', ');
  return found.length > 0 ? found : [ok('balance', shares || 'no rows yet')];
};

/** The checks of a Citus cluster, run on its coordinator. */
export const CITUS_CHECKS: readonly [name: string, check: Check][] = [
  ['Citus', version],
  ['servers', servers],
  ['versions', versions],
  ['ownership', owner],
  ['wal_level', walLevel],
  ['tables', tables],
  ['replica identity', identities],
  ['balance', balance],
];
