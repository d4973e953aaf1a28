import { Injectable } from '@nestjs/common';
import { notFound, quoteValue } from '#libs/errors.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { Import } from './import.entity.js';
import type { Reject } from '../files/reject.js';
import { type ImportFilter, type ImportCursor, ImportsRepository } from './imports.repository.js';
import { cutPage } from '../../../edge/paging/page.js';

const REJECTS_PER_READ = 1_000;

/** Several missed heartbeats. If the database was unavailable for so long, the import has failed anyway. */
const SILENT_SECONDS = 45;

/** Lists imports and their rejected rows. */
@Injectable()
export class ImportsService {
  constructor(
    private readonly imports: ImportsRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError not_found */
  async find(id: string): Promise<Import> {
    const record = await this.imports.find(id);
    if (!record) throw notFound(`There is no import ${quoteValue(id)}.`);
    return record;
  }

  /** A page of imports, newest first. @returns next: the cursor of the next page, if there is one */
  async list(filter: ImportFilter, size: number): Promise<{ imports: Import[]; next?: ImportCursor }> {
    const { items, last } = cutPage(await this.imports.list(filter, size + 1), size);
    return { imports: items, ...(last && { next: { startedAtMs: last.startedAt.getTime(), id: last.id } }) };
  }

  /** Fails the imports whose process is gone. @returns how many */
  failAbandoned(): Promise<number> {
    return this.imports.failSilent(SILENT_SECONDS, new Date(this.clock.nowMs()));
  }

  /** The stored rejects of an import, in file order. @throws DomainError not_found */
  async *rejects(id: string): AsyncGenerator<Reject> {
    await this.find(id);
    for (let afterLine = 0, page; (page = await this.imports.rejects(id, afterLine, REJECTS_PER_READ)).length > 0;) {
      yield* page;
      afterLine = page.at(-1)!.line;
    }
  }
}
