import type { Pool, PoolClient } from 'pg';
import { TO_SHARDS, readBlockLayout } from './block-layout.js';

/**
 * How tables are distributed on a Citus coordinator (docs/decisions/0021-distribute.md). Tables in neither list stay on
 * the coordinator.
 */

/** Small and joined to everything: replicated to every server. `store` comes first because the others reference it. */
export const REFERENCE_TABLES = ['store', 'business_hours', 'special_hours'] as const;

/** Sharded by store_id, so all rows of a store are on one server. The others are colocated with the first. */
export const DISTRIBUTED_TABLES = ['status_poll', 'status_day', 'uptime_day', 'rollup_due'] as const;

/**
 * First statement of a transaction that changes tables or adds polls of many stores: one connection to each server.
 * Without it, Citus refuses to change a reference table, or a function that a distributed table uses; and a COPY of 300
 * rows opens a connection for every shard, which takes 300 ms instead of 9. Has no effect on plain PostgreSQL.
 */
export const SEQUENTIAL = `set local citus.multi_shard_modify_mode = 'sequential'`;

/** Statements of one transaction, and a description for people. */
export interface Step {
  readonly what: string;
  readonly statements: readonly string[];
}

/** Whether Citus manages the table, as `on` sees it. */
export async function isDistributed(on: Pool | PoolClient, table: string): Promise<boolean> {
  return (await citusTables(on)).has(table);
}

/** Whether the extension Citus is in this database, as seen by `on`. */
export async function hasCitus(on: Pool | PoolClient): Promise<boolean> {
  const { rows } = await on.query(`select exists (select from pg_extension where extname = 'citus') as "isThere"`);
  return rows[0].isThere as boolean;
}

async function citusTables(on: Pool | PoolClient): Promise<ReadonlySet<string>> {
  if (!(await hasCitus(on))) return new Set();
  const { rows } = await on.query('select logicalrelid::regclass::text as name from pg_catalog.pg_dist_partition');
  return new Set(rows.map((row) => row.name as string));
}

/** The remaining steps, in order; empty if the database is distributed. */
export async function planDistribution(on: Pool | PoolClient): Promise<Step[]> {
  const managed = await citusTables(on);
  const steps: Step[] = [];
  if (REFERENCE_TABLES.some((table) => !managed.has(table))) steps.push(await referenceStep(on, managed));
  const [first] = DISTRIBUTED_TABLES;
  for (const table of DISTRIBUTED_TABLES) {
    if (managed.has(table)) continue;
    const colocation = table === first ? '' : `, colocate_with => '${first}'`;
    steps.push({
      what: `Distributing ${table} over the servers by store_id`,
      statements: [`select create_distributed_table('${table}', 'store_id'${colocation})`],
    });
  }
  if ((await readBlockLayout(on)).name !== 'shard') {
    steps.push({ what: 'Cutting the blocks of stores along the shards', statements: TO_SHARDS });
  }
  const left = await filledTables(on);
  for (const table of left) {
    steps.push({
      what: `Removing the local copy of ${table} from the coordinator`,
      statements: [`select truncate_local_data_after_distributing_table('${table}')`],
    });
  }
  return steps;
}

/**
 * Foreign keys between the tables block converting the first one. They are dropped, and recreated after all are
 * converted.
 */
async function referenceStep(on: Pool | PoolClient, managed: ReadonlySet<string>): Promise<Step> {
  const { rows: keys } = await on.query(
    `select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'f' and conrelid = any($1::regclass[]) order by 1, 2`,
    [REFERENCE_TABLES],
  );
  return {
    what: `Copying ${REFERENCE_TABLES.join(', ')} to every server`,
    statements: [
      ...keys.map((key) => `alter table ${key.table} drop constraint ${key.name}`),
      ...REFERENCE_TABLES.filter((table) => !managed.has(table)).map(
        (table) => `select create_reference_table('${table}')`,
      ),
      ...keys.map((key) => `alter table ${key.table} add constraint ${key.name} ${key.definition}`),
    ],
  };
}

/** Tables and partitions that still have rows of their own on this server. */
async function filledTables(on: Pool | PoolClient): Promise<string[]> {
  const { rows } = await on.query(
    `select oid::regclass::text as name from (
       select unnest($1::regclass[]) as oid
       union all
       select inhrelid from pg_inherits where inhparent = any($1::regclass[])) as tables
     where pg_relation_size(oid) > 0 order by array_position($1::regclass[], oid::regclass), 1`,
    [[...REFERENCE_TABLES, ...DISTRIBUTED_TABLES]],
  );
  return rows.map((row) => row.name as string);
}
