import { Injectable } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Reject } from '../files/reject.js';
import { Import, type ImportStatus } from './import.entity.js';

/** Which imports are listed; what is absent limits nothing. */
export interface ImportFilter {
  readonly status?: ImportStatus | undefined;
  /** Only those behind this one in the order of the list. */
  readonly after?: ImportPlace | undefined;
}

/** The place of an import in the list. */
export interface ImportPlace {
  readonly startedAtMs: number;
  readonly id: string;
}

/** How far an import is: accepted rows are durable. */
export type ImportCounts = Pick<Import, 'readRows' | 'acceptedRows' | 'rejectedRows'>;

/** The home of import and import_reject. */
@Injectable()
export class ImportsRepository {
  constructor(private readonly orm: MikroORM) {}

  async create(draft: Import): Promise<Import> {
    const em = this.orm.em.fork();
    await em.insert(Import, draft);
    return draft;
  }

  /** Ends a running import. One that was given up meanwhile stays as it is. */
  async end(changed: Import): Promise<void> {
    const { id, ...changes } = changed;
    await this.orm.em.fork().nativeUpdate(Import, { id, status: 'Running' }, changes);
  }

  /** Says that an import is alive and how far it is. */
  async beat(id: string, { readRows, acceptedRows, rejectedRows }: ImportCounts): Promise<void> {
    await this.orm.em
      .fork()
      .execute(
        `update import set heartbeat_at = now(), read_rows = ?, accepted_rows = ?, rejected_rows = ? where id = ? and status = 'Running'`,
        [readRows, acceptedRows, rejectedRows, id],
      );
  }

  /** Fails the running imports of which nothing was heard for so long. @returns how many */
  async failSilent(seconds: number, finishedAt: Date): Promise<number> {
    const failed: unknown[] = await this.orm.em.fork().execute(
      `update import set status = 'Failed', finished_at = ?,
         error = 'The process that read the file ended. ' || accepted_rows
           || ' of its rows are known to be in; send the file again, and rows that are in count as duplicates.'
       where status = 'Running' and heartbeat_at < now() - ? * interval '1 second' returning id`,
      [finishedAt, seconds],
    );
    return failed.length;
  }

  /** How many imports ended before that instant. */
  async countEndedBefore(at: Date): Promise<number> {
    return this.orm.em.fork().count(Import, { finishedAt: { $lt: at } });
  }

  /** Removes some of them, with their rejects. @returns how many: 0 when none is left */
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
        { ...(status && { status }), ...(behind && { $or: behind }) },
        { orderBy: { startedAt: 'desc', id: 'desc' }, limit },
      );
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
