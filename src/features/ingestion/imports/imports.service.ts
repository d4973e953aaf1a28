import { Injectable } from '@nestjs/common';
import { notFound, quoteValue } from '#libs/errors.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { Import } from './import.entity.js';
import type { Reject } from '../files/reject.js';
import { type ImportFilter, type ImportPlace, ImportsRepository } from './imports.repository.js';
import { cutPage } from '../../../edge/paging/page.js';

const REJECTS_PER_READ = 1_000;

/** Several missed heartbeats; a database that was away for so long has ended the import as well. */
const SILENT_SECONDS = 45;

/** What has been loaded, and what was rejected of it. */
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

  /** A page of imports, newest first. @returns next: the place of its last one, when there is another page */
  async list(filter: ImportFilter, size: number): Promise<{ imports: Import[]; next?: ImportPlace }> {
    const { items, last } = cutPage(await this.imports.list(filter, size + 1), size);
    return { imports: items, ...(last && { next: { startedAtMs: last.startedAt.getTime(), id: last.id } }) };
  }

  /** Fails the imports whose process is gone. @returns how many */
  failAbandoned(): Promise<number> {
    return this.imports.failSilent(SILENT_SECONDS, new Date(this.clock.nowMs()));
  }

  /** The kept rejects of an import, in the order of the file. @throws DomainError not_found */
  async *rejects(id: string): AsyncGenerator<Reject> {
    await this.find(id);
    for (let afterLine = 0, page; (page = await this.imports.rejects(id, afterLine, REJECTS_PER_READ)).length > 0;) {
      yield* page;
      afterLine = page.at(-1)!.line;
    }
  }
}
