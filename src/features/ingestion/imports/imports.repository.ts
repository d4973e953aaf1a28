import { Injectable } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import { ownRows } from '../../../platform/database/store-limit.js';
import type { Reject } from '../files/reject.js';
import { Import, type ImportStatus } from './import.entity.js';

/** Selects the imports to list; an absent field matches all. */
export interface ImportFilter {
  readonly status?: ImportStatus | undefined;
  /** Only imports after this one in the order of the list. */
  readonly after?: ImportCursor | undefined;
}

/** The position of an import in the list. */
export interface ImportCursor {
  readonly startedAtMs: number;
  readonly id: string;
}

/** An import's progress. Accepted rows are durable. */
export type ImportCounts = Pick<Import, 'readRows' | 'acceptedRows' | 'rejectedRows'>;

/** Owns the tables import and import_reject. A caller with a limit finds only the imports that were made with the same limit. */
@Injectable()
export class ImportsRepository {
  constructor(private readonly orm: MikroORM) {}

  async create(draft: Import): Promise<Import> {
    const em = this.orm.em.fork();
    await em.insert(Import, draft);
    return draft;
  }

  /** Records the end of a running import. An import that was failed meanwhile stays as it is. */
  async end(changed: Import): Promise<void> {
    const { id, ...changes } = changed;
    await this.orm.em.fork().nativeUpdate(Import, { id, status: 'Running' }, changes);
  }

  /** Records a heartbeat and the progress of an import. */
  async beat(id: string, { readRows, acceptedRows, rejectedRows }: ImportCounts): Promise<void> {
    await this.orm.em
      .fork()
      .execute(
        `update import set heartbeat_at = now(), read_rows = ?, accepted_rows = ?, rejected_rows = ? where id = ? and status = 'Running'`,
        [readRows, acceptedRows, rejectedRows, id],
      );
  }

  /** Fails the running imports without a heartbeat for `seconds`. @returns how many */
  async failSilent(seconds: number, finishedAt: Date): Promise<number> {
    const failed: unknown[] = await this.orm.em.fork().execute(
      `update import set status = 'Failed', finished_at = ?,
         error = 'The process that read the file stopped after writing ' || accepted_rows
           || ' rows. Send the file again; rows already written count as duplicates.'
       where status = 'Running' and heartbeat_at < now() - ? * interval '1 second' returning id`,
      [finishedAt, seconds],
    );
    return failed.length;
  }

  /** Counts the imports that ended before an instant. */
  async countEndedBefore(at: Date): Promise<number> {
    return this.orm.em.fork().count(Import, { finishedAt: { $lt: at } });
  }

  /** Removes up to `limit` of them, with their rejects. @returns how many: 0 when none is left */
  async removeEndedBefore(at: Date, limit: number): Promise<number> {
    const removed: unknown[] = await this.orm.em.fork().execute(
      `delete from import where id in (
         select id from import where finished_at < ? and status <> 'Running' order by finished_at limit ?) returning id`,
      [at, limit],
    );
    return removed.length;
  }

  /** Newest first. */
  list({ status, after }: ImportFilter, limit: number): Promise<Import[]> {
    const startedAt = after && new Date(after.startedAtMs);
    const behind = after && [{ startedAt: { $lt: startedAt! } }, { startedAt: startedAt!, id: { $lt: after.id } }];
    return this.orm.em
      .fork()
      .find(
        Import,
        { ...ownRows(), ...(status && { status }), ...(behind && { $or: behind }) },
        { orderBy: { startedAt: 'desc', id: 'desc' }, limit },
      );
  }

  find(id: string): Promise<Import | null> {
    return this.orm.em.fork().findOne(Import, { id, ...ownRows() });
  }

  async addRejects(importId: string, rejects: readonly Reject[]): Promise<void> {
    await this.orm.em.fork().execute(
      `insert into import_reject (import_id, line, reason, raw_row)
       select ?::uuid, line, reason, raw_row from jsonb_to_recordset(?::jsonb) as new (line integer, reason text, raw_row text)`,
      [importId, JSON.stringify(rejects.map(({ line, reason, rawRow }) => ({ line, reason, raw_row: rawRow })))],
    );
  }

  /** Rejects after `afterLine`, in order of lines. */
  rejects(importId: string, afterLine: number, limit: number): Promise<Reject[]> {
    return this.orm.em
      .fork()
      .execute(
        'select line, reason, raw_row as "rawRow" from import_reject where import_id = ? and line > ? order by line limit ?',
        [importId, afterLine, limit],
      );
  }
}
