import type { Pool } from 'pg';
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
