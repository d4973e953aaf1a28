import type { Pool, PoolClient } from 'pg';
import { DomainError } from '#libs/errors.js';
import { hasCitus } from './distribution.js';

/**
 * Asks the database a question that it can only answer while it serves: on Citus, every worker too, since polls and figures of a
 * store live on one of them.
 * @throws DomainError unavailable naming the workers that do not answer; whatever pg throws
 */
export async function checkServes(pool: Pool): Promise<void> {
  if (!(await hasCitus(pool))) return;
  const { rows } = await pool.query(
    `select nodename || ':' || nodeport as node from pg_catalog.pg_dist_node
     where isactive and noderole = 'primary' and groupid <> 0
       and not citus_check_connection_to_node(nodename, nodeport) order by 1`,
  );
  if (rows.length === 0) return;
  const nodes = rows.map(({ node }) => node as string).join(', ');
  throw new DomainError('unavailable', `Citus workers do not answer: ${nodes}.`);
}

/**
 * Whether a transaction that is committed may still be invisible on a worker. When the connection breaks between the two phases
 * of a commit, Citus reports it as done and finishes it on that worker later, within a minute by default. A worker that does
 * not answer counts too. False on plain PostgreSQL.
 */
export async function hasUnfinishedCommits(client: PoolClient): Promise<boolean> {
  if (!(await hasCitus(client))) return false;
  const { rows } = await client.query(
    `select exists (
       select from run_command_on_workers($$
         select coalesce(string_agg(gid, ' '), '') from pg_prepared_xacts where database = current_database() $$)
       where not success
         or exists (select from pg_catalog.pg_dist_transaction where gid = any(string_to_array(result, ' ')))
     ) as "areThere"`,
  );
  return rows[0].areThere as boolean;
}
