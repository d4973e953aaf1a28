import { Injectable } from '@nestjs/common';
import { Settings } from '../../../platform/config/settings.js';
import type { JobData } from '../../../platform/jobs/jobs.js';
import { Storage } from '../../../platform/storage/storage.js';
import { tzVersion } from '../../timezones/tz-version.js';
import { countedFigures, textOf } from './report-content.js';
import type { ReportInputs } from './report-inputs.js';
import { ReportInputsRepository } from './report-inputs.repository.js';
import type { PartStores } from './report-parts.js';
import { RowBuffer } from './row-buffer.js';
import { MetadataCollector } from '../record/report-metadata.js';
import { type Report, filesOf, windowsOf } from '../record/report.entity.js';
import { ReportsRepository } from '../record/reports.repository.js';
import { type ClaimedPart, ReportPartsRepository } from './report-parts.repository.js';
import { SILENT_SECONDS, partFiles } from './shared-parts.js';

const BEAT_EVERY_MS = 1_000;
const CHUNK_BYTES = 1024 * 1024;

/** Makes parts of a report that another worker owns. */
@Injectable()
export class PartHelper {
  constructor(
    private readonly reports: ReportsRepository,
    private readonly parts: ReportPartsRepository,
    private readonly inputs: ReportInputsRepository,
    private readonly storage: Storage,
    private readonly settings: Settings,
  ) {}

  /**
   * Makes parts until none is left. @returns how many
   * @param signal aborted: stop; the owner makes the rest
   * @throws any error while the attempt is still the current one
   */
  async help(offer: JobData['report_part'], signal: AbortSignal): Promise<number> {
    // A process with another setting or tz database would compute other figures.
    if (offer.pollValidForMs !== this.settings.pollValidForMs || offer.tzVersion !== tzVersion()) return 0;
    const report = await this.reports.find(offer.reportId);
    let made = 0;
    try {
      if (!report || !(await this.parts.isOffered(offer))) return 0;
      await this.inputs.readParts(windowsOf(report), offer.snapshot, async (read) => {
        for (let claimed; (claimed = await this.parts.claim(offer, SILENT_SECONDS)); made++) {
          await this.makePart(report, offer.attempt, claimed, read, signal);
        }
      });
    } catch (error) {
      // The owner ended the attempt, and with it the snapshot and the offer.
      if (await this.parts.isOffered(offer)) throw error;
    }
    return made;
  }

  private async makePart(
    report: Report,
    attempt: number,
    { part, claim, ...stores }: ClaimedPart,
    read: (stores: PartStores) => Promise<ReportInputs>,
    signal: AbortSignal,
  ): Promise<void> {
    const lost = new AbortController();
    const beat = async (): Promise<void> => {
      // A failed query does not end the claim: the next heartbeat may succeed.
      const isMine = await this.parts.beat(claim).catch(() => true);
      if (!isMine) lost.abort(new Error(`part ${part} of the report ${report.id} is no longer wanted`));
    };
    const timer = setInterval(() => void beat(), BEAT_EVERY_MS).unref();
    // A name of its own: a claim that was given up must not overwrite the file of the next one.
    const key = `${partFiles(filesOf(report), attempt)}${claim}`;
    const collector = new MetadataCollector(windowsOf(report));
    let isWritten = false;
    try {
      const stop = AbortSignal.any([lost.signal, signal]);
      const content = this.rows(report, await read(stores), collector, stop);
      const stored = await this.storage.put(key, content);
      isWritten = await this.parts.written(claim, key, stored, collector.sums());
    } finally {
      clearInterval(timer);
      if (!isWritten) {
        await this.storage.remove([key]).catch(() => {});
        await this.parts.release(claim).catch(() => {});
      }
    }
  }

  /** Each row with the database id of its store. */
  private async *rows(
    report: Report,
    inputs: ReportInputs,
    collector: MetadataCollector,
    stop: AbortSignal,
  ): AsyncGenerator<Buffer> {
    const rows = new RowBuffer();
    const text = textOf(report);
    let index = 0;
    for await (const batch of countedFigures(inputs, report, collector, this.settings.pollValidForMs, stop)) {
      for (const store of batch) rows.add(inputs.stores[index++].id, text.stores([store]));
      if (rows.size < CHUNK_BYTES) continue;
      yield rows.all();
      rows.clear();
    }
    yield rows.all();
  }
}
