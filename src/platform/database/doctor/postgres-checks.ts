import type { Pool } from 'pg';
import { DomainError } from '#libs/errors.js';
import { counted } from '#libs/listed.js';
import { quoted } from '../connect-failure.js';
import { checkQueueRight } from '../rights.js';
import { pendingMigrations } from '../orm.js';
import { type Check, type Finding, ok, one, problem, warning } from './finding.js';

const MAX_CLOCK_DIFFERENCE_MS = 2_000;
const OLD_TRANSACTION = '1 hour';
const OLD_PREPARED = '5 minutes';
/** Smaller tables are planned well enough without statistics. */
const MIN_ROWS = 10_000;

const version: Check = async (pool) => {
  const row = await one<{ version: string; name: string }>(
    pool,
    `select current_setting('server_version') as version, current_database() || ' as ' || current_user as name`,
  );
  return [ok('server', `PostgreSQL ${row.version}, database ${row.name}`)];
};

const encryption: Check = async (pool) => {
  const { ssl, isLocal } = await one<{ ssl: boolean; isLocal: boolean }>(
    pool,
    `select coalesce(ssl, false) as ssl, coalesce(inet_client_addr() <<= '127.0.0.0/8' or inet_client_addr() = '::1', true) as "isLocal"
     from pg_stat_activity left join pg_stat_ssl using (pid) where pid = pg_backend_pid()`,
  );
  if (ssl) return [ok('encryption', 'the connection uses TLS')];
  if (isLocal) return [ok('encryption', 'no TLS; the server is on this machine')];
  return [
    warning(
      'encryption',
      'the connection crosses the network without TLS: set sslmode=verify-full in DATABASE_URL, and ssl = on on the server',
    ),
  ];
};

const rights: Check = async (pool) => {
  const { user, database, tables } = await one<{ user: string; database: string; tables: boolean }>(
    pool,
    `select current_user as user, current_database() as database,
       coalesce(has_schema_privilege('public', 'create'), false) as tables`,
  );
  await checkQueueRight(pool, { user, database });
  if (tables) return [ok('rights', `${user} may create tables and the job queue`)];
  const role = quoted(user);
  return [problem('rights', `${user} may not create tables: grant usage, create on schema public to ${role}`)];
};

const migrations: Check = async (pool) => {
  const { exists } = await one<{ exists: boolean }>(pool, `select to_regclass('migration') is not null as exists`);
  if (!exists) return [warning('schema', 'the database is empty; the first start of Storewatch creates the schema')];
  const pending = await pendingMigrations(pool);
  if (pending.length === 0) return [ok('schema', 'all migrations have run')];
  return [problem('schema', `${counted(pending.length, 'migration')} to run (${pending[0]}): run storewatch migrate`)];
};

const clock: Check = async (pool) => {
  const askedMs = Date.now();
  const { ms } = await one<{ ms: number }>(pool, 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms');
  const differenceMs = Math.round(ms - (askedMs + Date.now()) / 2);
  const text = `the server's clock differs from this machine's by ${(differenceMs / 1_000).toFixed(1)} s`;
  if (Math.abs(differenceMs) <= MAX_CLOCK_DIFFERENCE_MS) return [ok('clock', text)];
  return [warning('clock', `${text}: polls may be rejected as lying in the future. Run NTP on both`)];
};

const connections: Check = async (pool) => {
  const { max, used } = await one<{ max: number; used: number }>(
    pool,
    `select current_setting('max_connections')::integer as max,
       (select count(*)::integer from pg_stat_activity where backend_type = 'client backend') as used`,
  );
  const text = `${used} of ${max} connections are in use`;
  if (used < 0.8 * max) return [ok('connections', text)];
  return [warning('connections', `${text}: raise max_connections, or lower DATABASE_POOL_SIZE`)];
};

const transactions: Check = async (pool) => {
  const found: Finding[] = [];
  const { rows: old } = await pool.query(
    `select pid, application_name as name, date_trunc('second', now() - xact_start)::text as age from pg_stat_activity
     where xact_start < now() - $1::interval and backend_type = 'client backend' and datname = current_database()
     order by xact_start limit 3`,
    [OLD_TRANSACTION],
  );
  for (const { pid, name, age } of old) {
    const text = `session ${pid} (${name || 'unnamed'}) has been in a transaction for ${age}`;
    found.push(warning('transactions', `${text}; until it ends, no deleted row is removed from disk`));
  }
  const { rows: prepared } = await pool.query(
    `select gid, prepared::text as at from pg_prepared_xacts
     where prepared < now() - $1::interval and database = current_database() order by prepared limit 3`,
    [OLD_PREPARED],
  );
  for (const { gid, at } of prepared) {
    const text = `the prepared transaction ${gid} has been open since ${at} and keeps its locks`;
    found.push(warning('transactions', `${text}: commit prepared or rollback prepared '${gid}'`));
  }
  return found.length > 0 ? found : [ok('transactions', 'none is old')];
};

const indexes: Check = async (pool) => {
  const { rows } = await pool.query(
    `select indexrelid::regclass::text as name from pg_index join pg_class on pg_class.oid = indexrelid
     where not indisvalid and relkind = 'i' and pg_table_is_visible(indexrelid) order by 1`,
  );
  if (rows.length === 0) return [ok('indexes', 'all are valid')];
  return rows.map(({ name }) => warning('indexes', `${name} is invalid and not used: reindex index ${name}`));
};

const statistics: Check = async (pool) => {
  const { rows } = await pool.query(
    `select relid::regclass::text as name from pg_stat_user_tables
     where n_live_tup > $1 and last_analyze is null and last_autoanalyze is null order by n_live_tup desc limit 3`,
    [MIN_ROWS],
  );
  const { isOn } = await one<{ isOn: boolean }>(pool, `select current_setting('autovacuum') = 'on' as "isOn"`);
  const found = isOn
    ? []
    : [warning('statistics', 'autovacuum is off: tables grow and plans get worse. Set autovacuum = on')];
  for (const { name } of rows) found.push(warning('statistics', `${name} was never analyzed: analyze ${name}`));
  return found.length > 0 ? found : [ok('statistics', 'tables are analyzed')];
};

/** The checks of any PostgreSQL, in the order in which they are shown. */
export const POSTGRES_CHECKS: readonly [name: string, check: Check][] = [
  ['server', version],
  ['encryption', encryption],
  ['rights', rights],
  ['schema', migrations],
  ['clock', clock],
  ['connections', connections],
  ['transactions', transactions],
  ['indexes', indexes],
  ['statistics', statistics],
];

/** Runs checks one after the other. A DomainError of a check is what it found; any other error is a problem too, and the rest run. */
export async function runChecks(pool: Pool, checks: readonly [name: string, check: Check][]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of checks) {
    try {
      findings.push(...(await check(pool)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      findings.push(problem(name, error instanceof DomainError ? reason : `could not be checked: ${reason}`));
    }
  }
  return findings;
}
