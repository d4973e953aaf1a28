import { Injectable, Logger } from '@nestjs/common';
import { formatInstant } from '#libs/instant/instant.js';
import { Clock } from '../clock/clock.js';
import { Settings } from '../config/settings.js';
import { RollupsService } from '../rollups/rollups.service.js';
import { FileStorage } from '../storage/storage.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { AccountKeeper, type ReportAccount } from './report-account.js';
import { ReportFactsRepository } from './report-facts.repository.js';
import { type StoreFigures, reportFigures } from './report-figures.js';
import { reportText } from './report-formats.js';
import { writeReport } from './report-writer.js';
import { type Report, windowsOf } from './report.entity.js';
import { ReportsRepository } from './reports.repository.js';

/** How often the progress of a running report is written down. */
const PROGRESS_EVERY_MS = 500;

/** Computes reports and writes their files. */
@Injectable()
export class ReportMaker {
  private readonly logger = new Logger('Reports');

  constructor(
    private readonly reports: ReportsRepository,
    private readonly facts: ReportFactsRepository,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
    private readonly storage: FileStorage,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a report: brings the rollups up to date, computes, writes the file and its account. Harmless to repeat; one
   * that has come to its end stays as it is.
   * @throws whatever went wrong; the report stays Running unless somebody says that it failed
   */
  async make(report: Report, onProgress: (stores: number, total: number) => void = () => {}): Promise<Report> {
    if (report.status !== 'Running') return report;
    const { id } = report;
    await this.rollups.bringUpToDate();
    const windows = windowsOf(report);
    const keeper = new AccountKeeper(windows);
    const asOfMs = report.asOf.getTime();
    const text = reportText({ ...report, asOfMs, windows, isStandard: !report.windows });
    const key = `reports/${formatInstant(report.createdAt.getTime()).slice(0, 10)}/${id}`;
    const [storageKey, accountKey] = [`${key}.${report.format}`, `${key}.account.json`];
    const { total, sizeBytes } = await this.facts.read(windows, report.stores ?? undefined, async (facts) => {
      const storesTotal = facts.stores.length;
      await this.reports.update(id, { storesTotal });
      const figures = counted(reportFigures(facts, windows, this.settings.pollValidForMs), keeper);
      const content = writeReport(
        figures,
        text,
        this.progressOf(id, (stores) => onProgress(stores, storesTotal)),
      );
      return { total: storesTotal, sizeBytes: await this.storage.put(storageKey, content) };
    });
    const tzVersion = this.timezones.timezones().version;
    const account = keeper.account(asOfMs, report.basis, this.settings.pollValidForMs, tzVersion);
    await this.storage.put(accountKey, [accountText(id, account)]);
    await this.reports.update(id, {
      status: 'Complete',
      storesDone: total,
      storageKey,
      sizeBytes,
      account,
      accountKey,
      finishedAt: new Date(this.clock.nowMs()),
    });
    return (await this.reports.find(id))!;
  }

  /** Tells whoever waits at once, and writes it down now and then. */
  private progressOf(id: string, onProgress: (stores: number) => void): (stores: number) => void {
    let toldAtMs = this.clock.nowMs();
    return (stores) => {
      onProgress(stores);
      if (this.clock.nowMs() < toldAtMs + PROGRESS_EVERY_MS) return;
      toldAtMs = this.clock.nowMs();
      this.reports.update(id, { storesDone: stores }).catch((error: Error) => this.logger.warn(error.message));
    };
  }
}

async function* counted(figures: AsyncIterable<StoreFigures[]>, keeper: AccountKeeper): AsyncGenerator<StoreFigures[]> {
  for await (const some of figures) {
    for (const store of some) keeper.add(store.windows);
    yield some;
  }
}

const accountText = (id: string, account: ReportAccount): string =>
  `${JSON.stringify({ report_id: id, ...account }, null, 2)}\n`;
