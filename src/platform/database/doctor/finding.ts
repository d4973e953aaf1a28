import type { Pool } from 'pg';

/** What a check found. */
export interface Finding {
  /** What was looked at: `PostgreSQL version`. */
  readonly check: string;
  /** `warning`: it works, and will cause trouble; `problem`: Storewatch cannot work so. */
  readonly state: 'ok' | 'warning' | 'problem';
  /** What was found, and where it is not fine, what to do. */
  readonly message: string;
}

/** Looks at one thing; changes nothing. */
export type Check = (pool: Pool) => Promise<Finding[]>;

export const ok = (check: string, message: string): Finding => ({ check, state: 'ok', message });
export const warning = (check: string, message: string): Finding => ({ check, state: 'warning', message });
export const problem = (check: string, message: string): Finding => ({ check, state: 'problem', message });

/** The only row of a query. */
export async function one<Row>(pool: Pool, sql: string, values: readonly unknown[] = []): Promise<Row> {
  const { rows } = await pool.query(sql, [...values]);
  return rows[0] as Row;
}
