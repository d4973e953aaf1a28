import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { inTransaction } from '../../../platform/database/transaction.js';
import type { StoredObject } from '../../../platform/storage/storage.js';
import type { MetadataSums } from '../record/report-metadata.js';
import type { PartStores } from './report-parts.js';

/** An attempt at a report. */
export interface PartsOf {
  readonly reportId: string;
  /** From 1. */
  readonly attempt: number;
}

/** A part that the owner of the claim makes. */
export interface ClaimedPart extends PartStores {
  readonly part: number;
  readonly claim: string;
}

export interface WrittenPart extends StoredObject {
  readonly part: number;
  readonly key: string;
  readonly sums: MetadataSums;
}

const IS_CURRENT = `exists (select from report where id = report_id and report.attempt = report_part.attempt and status = 'Running')`;

/** Owns the table report_part. */
@Injectable()
export class ReportPartsRepository {
  constructor(private readonly pool: Pool) {}

  /** Adds the parts of an attempt, together with the writes of `also`, and removes those of earlier attempts. */
  offer(
    { reportId, attempt }: PartsOf,
    parts: readonly PartStores[],
    also: (client: PoolClient) => Promise<void>,
  ): Promise<void> {
    return inTransaction(this.pool, async (client) => {
      await client.query('delete from report_part where report_id = $1', [reportId]);
      await client.query(
        `insert into report_part (report_id, attempt, part, first_id, end_id, store_ids)
         select $1, $2, part - 1, first_id, end_id, store_ids::integer[]
         from unnest($3::integer[], $4::integer[], $5::text[]) with ordinality as parts (first_id, end_id, store_ids, part)`,
        [
          reportId,
          attempt,
          parts.map(({ range }) => range.firstId),
          parts.map(({ range }) => range.endId),
          // unnest would take an array of arrays apart
          parts.map(({ ids }) => ids && `{${ids.join(',')}}`),
        ],
      );
      await also(client);
    });
  }

  /**
   * Claims a part that nobody makes, or whose maker was silent for `silentSeconds`.
   * @returns undefined: there is none, or the attempt is superseded or the report has ended
   */
  async claim({ reportId, attempt }: PartsOf, silentSeconds: number): Promise<ClaimedPart | undefined> {
    const { rows } = await this.pool.query(
      `update report_part set claim = $3, heartbeat_at = now()
       where report_id = $1 and attempt = $2 and part = (
         select part from report_part where report_id = $1 and attempt = $2 and storage_key is null
           and (claim is null or heartbeat_at < now() - $4 * interval '1 second')
         order by part limit 1 for update skip locked) and ${IS_CURRENT}
       returning part, first_id, end_id, store_ids, claim`,
      [reportId, attempt, randomUUID(), silentSeconds],
    );
    const [row] = rows;
    if (!row) return undefined;
    const range = { firstId: row.first_id, endId: row.end_id };
    return { part: row.part, range, ids: row.store_ids, claim: row.claim };
  }

  /** Records a heartbeat. @returns false when the part is no longer wanted from this claim */
  async beat(claim: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update report_part set heartbeat_at = now() where claim = $1 and ${IS_CURRENT}`,
      [claim],
    );
    return rowCount === 1;
  }

  /** Records the file of a part. @returns false, without effect, when it is no longer wanted from this claim */
  async written(claim: string, key: string, { sizeBytes, sha256 }: StoredObject, sums: MetadataSums): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update report_part set storage_key = $2, size_bytes = $3, sha256 = $4, sums = $5
       where claim = $1 and ${IS_CURRENT}`,
      [claim, key, sizeBytes, sha256, JSON.stringify(sums)],
    );
    return rowCount === 1;
  }

  /** Gives up a part that is not written, so that it can be claimed again. */
  async release(claim: string): Promise<void> {
    await this.pool.query('update report_part set claim = null where claim = $1 and storage_key is null', [claim]);
  }

  /** Closes a part: nobody can claim it any more, and no file of it is accepted. */
  async close({ reportId, attempt }: PartsOf, part: number): Promise<void> {
    await this.pool.query(
      `update report_part set claim = $4, heartbeat_at = 'infinity'
       where report_id = $1 and attempt = $2 and part = $3`,
      [reportId, attempt, part, randomUUID()],
    );
  }

  /** Whether an attempt still offers parts. */
  async isOffered({ reportId, attempt }: PartsOf): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `select from report_part where report_id = $1 and attempt = $2 and ${IS_CURRENT} limit 1`,
      [reportId, attempt],
    );
    return rowCount === 1;
  }

  /** The parts that have files. */
  async allWritten({ reportId, attempt }: PartsOf): Promise<WrittenPart[]> {
    const { rows } = await this.pool.query(
      `select part, storage_key as key, size_bytes::float8 as "sizeBytes", sha256, sums from report_part
       where report_id = $1 and attempt = $2 and storage_key is not null order by part`,
      [reportId, attempt],
    );
    return rows;
  }

  /** Removes the parts of an attempt, together with the writes of `also`. */
  end({ reportId, attempt }: PartsOf, also: (client: PoolClient) => Promise<void>): Promise<void> {
    return inTransaction(this.pool, async (client) => {
      await client.query('delete from report_part where report_id = $1 and attempt = $2', [reportId, attempt]);
      await also(client);
    });
  }
}
