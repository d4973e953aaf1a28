import type { MikroORM } from '@mikro-orm/postgresql';
import { Import } from './import.entity.js';

/** A row of a file that could not be used. */
export interface Reject {
  /** Line in the file, 1 for the header. */
  readonly line: number;
  readonly reason: string;
  /** The row as it stood, cut to a readable length. */
  readonly rawRow: string;
}

/** The home of import and import_reject. */
export class ImportsRepository {
  constructor(private readonly orm: MikroORM) {}

  async create(draft: Import): Promise<Import> {
    const em = this.orm.em.fork();
    await em.insert(Import, draft);
    return draft;
  }

  async save(changed: Import): Promise<void> {
    const { id, ...changes } = changed;
    await this.orm.em.fork().nativeUpdate(Import, { id }, changes);
  }

  find(id: string): Promise<Import | null> {
    return this.orm.em.fork().findOne(Import, { id });
  }

  async addRejects(importId: string, rejects: readonly Reject[]): Promise<void> {
    await this.orm.em.fork().execute(
      `insert into import_reject (import_id, line, reason, raw_row)
       select ?::uuid, line, reason, raw_row from jsonb_to_recordset(?::jsonb) as new (line integer, reason text, raw_row text)`,
      [importId, JSON.stringify(rejects.map(({ line, reason, rawRow }) => ({ line, reason, raw_row: rawRow })))],
    );
  }

  /** Rejects in the order of their lines, from after `afterLine`. */
  rejects(importId: string, afterLine: number, limit: number): Promise<Reject[]> {
    return this.orm.em
      .fork()
      .execute(
        'select line, reason, raw_row as "rawRow" from import_reject where import_id = ? and line > ? order by line limit ?',
        [importId, afterLine, limit],
      );
  }
}
