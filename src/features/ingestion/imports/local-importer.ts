import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DomainError, type ErrorCode } from '#libs/errors.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Settings } from '../../../platform/config/settings.js';
import { currentLimit } from '../../../platform/database/store-limit.js';
import { Metrics } from '../../../platform/metrics/metrics.js';
import { NamesService } from '../../timezones/names.service.js';
import { TimezonesService } from '../../timezones/timezones.service.js';
import { BusinessHoursFile } from '../files/business-hours-file.js';
import type { Header } from '../files/header.js';
import { SpecialHoursFile } from '../files/special-hours-file.js';
import { StatusFile } from '../files/status-file.js';
import { StoreLifeFile } from '../files/store-life-file.js';
import { StoresFile } from '../files/stores-file.js';
import type { TableFile } from '../files/table-file.js';
import { VisibleRows } from '../files/visible-rows.js';
import { TimezonesFile } from '../files/timezones-file.js';
import { type ImportFailure, ImportRun } from './import-run.js';
import type { FileKind } from '#libs/file-kind.js';
import type { EndedImport, ImportOptions, Importer } from './importer.js';
import { ImportsRepository } from './imports.repository.js';
import type { WeekOfPolls } from '../../polls/polls-by-week.js';
import { PollsService } from '../../polls/polls.service.js';

/** Failures that are returned with the import's counts; others are thrown. */
const RETURNED_FAILURES: ReadonlySet<ErrorCode> = new Set(['invalid_argument', 'unprocessable']);

const HEARTBEAT_MS = 5_000;

/** The caller learns why it may not change a store; other failures are over when the file is sent again. */
const whyNotWritten = (thrown: unknown): string =>
  thrown instanceof DomainError && thrown.code === 'permission_denied'
    ? thrown.message
    : 'The rows could not be written; send the file again.';

/** Imports files in the calling thread. */
@Injectable()
export class LocalImporter implements Importer {
  constructor(
    private readonly imports: ImportsRepository,
    private readonly polls: PollsService,
    private readonly timezones: TimezonesService,
    private readonly names: NamesService,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  async importFile(
    kind: FileKind,
    source: string,
    stream: Readable,
    {
      onProgress = () => {},
      id = randomUUID(),
      strict = this.settings.strictImports,
      replaceTags = false,
    }: ImportOptions = {},
  ): Promise<EndedImport> {
    const record = await this.imports.create({
      id,
      kind,
      source,
      limitedTo: currentLimit()?.text ?? null,
      status: 'Running',
      readRows: 0,
      acceptedRows: 0,
      duplicateRows: 0,
      rejectedRows: 0,
      rejectReasons: [],
      warnings: [],
      error: null,
      startedAt: new Date(this.clock.nowMs()),
      finishedAt: null,
    });
    const horizonMs = await this.polls.horizonMs();
    const run = new ImportRun(
      this.settings,
      (header) => this.visible(header, this.open(kind, header, horizonMs, replaceTags)),
      kind,
      strict,
      (rejects) => this.imports.addRejects(record.id, rejects),
    );
    const heartbeat = setInterval(() => void this.imports.beat(record.id, run.counts).catch(() => {}), HEARTBEAT_MS);
    let failure: ImportFailure | undefined;
    let thrown: unknown;
    try {
      failure = await run.read(stream, onProgress);
      Object.assign(record, await run.notes());
    } catch (error) {
      thrown = error;
    } finally {
      clearInterval(heartbeat);
      await run.close();
    }
    record.error = thrown === undefined ? (failure?.message ?? null) : whyNotWritten(thrown);
    record.status = record.error === null ? 'Complete' : 'Failed';
    Object.assign(record, run.counts);
    record.duplicateRows = thrown ? 0 : record.readRows - record.rejectedRows - record.acceptedRows;
    record.finishedAt = new Date(this.clock.nowMs());
    if (kind === 'store_status') {
      const { acceptedRows: inserted, duplicateRows: duplicate, rejectedRows: rejected } = record;
      this.metrics.countPolls('file', { inserted, duplicate, rejected });
    }
    await this.imports.end(record);
    if (thrown) throw thrown;
    if (failure && !RETURNED_FAILURES.has(failure.code)) {
      throw new DomainError(failure.code, failure.message, { details: { import_id: record.id } });
    }
    return { ...record, failureCode: failure?.code ?? null };
  }

  /** Without the rows of stores that the caller may not see. */
  private visible(header: Header, file: TableFile): TableFile {
    if (!currentLimit()) return file;
    return new VisibleRows(file, header, (storeIds) => this.timezones.usableStores(storeIds));
  }

  private open(kind: FileKind, header: Header, horizonMs: number, replaceTags: boolean): TableFile {
    switch (kind) {
      case 'store_status': {
        const stores = this.timezones.storeKeys();
        const polls = this.polls.collect(stores, join(this.settings.home, 'spool'));
        const write = (week: WeekOfPolls): Promise<number> => this.polls.writeWeek(week);
        return new StatusFile(header, stores, polls, write, this.clock.nowMs(), horizonMs);
      }
      case 'business_hours':
        return new BusinessHoursFile(header, this.timezones);
      case 'store_timezones':
        return new TimezonesFile(header, this.timezones);
      case 'special_hours':
        return new SpecialHoursFile(header, this.timezones);
      case 'store_life':
        return new StoreLifeFile(header, this.timezones);
      case 'stores':
        return new StoresFile(header, this.timezones, this.names, replaceTags);
    }
  }
}
