import type { MikroORM } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';

/** The one PostgreSQL behind the program: MikroORM for the small tables, the same pool of connections for bulk and SQL. */
export class Database {
  private constructor(
    readonly orm: MikroORM,
    readonly pool: Pool,
    /** `postgresql://…`, password included: not for logs. */
    readonly url: string,
  ) {}

  static async over(orm: MikroORM, url: string): Promise<Database> {
    return new Database(orm, await orm.em.getConnection().getNativeClient(), url);
  }
}
