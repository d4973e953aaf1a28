import type { MikroORM } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';

/**
 * The PostgreSQL database. MikroORM reads and writes the small tables; bulk work and SQL use the same connection pool.
 */
export class Database {
  private constructor(
    readonly orm: MikroORM,
    readonly pool: Pool,
    /** `postgresql://…` with the password; never log it. */
    readonly url: string,
  ) {}

  static async over(orm: MikroORM, url: string): Promise<Database> {
    return new Database(orm, await orm.em.getConnection().getNativeClient(), url);
  }
}
