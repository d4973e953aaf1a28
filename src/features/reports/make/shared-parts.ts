import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../../platform/config/settings.js';
import { Jobs } from '../../../platform/jobs/jobs.js';
import { Storage } from '../../../platform/storage/storage.js';
import { tzVersion } from '../../timezones/tz-version.js';
import type { ReportParts } from './report-parts.js';
import { type PartsOf, ReportPartsRepository, type WrittenPart } from './report-parts.repository.js';

/** Workers that can help with a report. More would wait for its owner, which puts the rows into order. */
const MAX_HELPERS = 7;
/** Fifteen missed heartbeats. If the helper comes back, its part is made twice and counted once. */
export const SILENT_SECONDS = 15;

/** The common prefix of the storage keys of the files of an attempt's parts. */
export const partFiles = (files: string, attempt: number): string => `${files}.rows-${attempt}-`;

/** The parts of an attempt, offered to other workers. */
export interface SharedParts {
  /** A part for this process to make; undefined: others make what is left. */
  take(): Promise<number | undefined>;
  /** Says that a part taken by this process is made. */
  made(part: number): Promise<void>;
  /** The parts that others have written. */
  written(): Promise<WrittenPart[]>;
  /** Removes the offer and the files of parts. */
  end(): Promise<void>;
}

@Injectable()
export class PartSharing {
  constructor(
    private readonly repository: ReportPartsRepository,
    private readonly jobs: Jobs,
    private readonly storage: Storage,
    private readonly settings: Settings,
  ) {}

  /**
   * Offers the parts, and queues a job for each worker that could help.
   * @param of files: see filesOf
   */
  async offer(of: PartsOf & { readonly files: string }, parts: ReportParts): Promise<SharedParts> {
    const { repository, jobs, storage } = this;
    await jobs.start();
    const snapshot = await parts.exportSnapshot();
    const data = {
      reportId: of.reportId,
      attempt: of.attempt,
      ...(snapshot !== undefined && { snapshot }),
      pollValidForMs: this.settings.pollValidForMs,
      tzVersion: tzVersion(),
    };
    const offered = Array.from({ length: parts.count }, (_, part) => parts.stores(part));
    const jobIds = offered.slice(1, 1 + MAX_HELPERS).map(() => randomUUID());
    await repository.offer(of, offered, async (client) => {
      for (const id of jobIds) await jobs.sendIn(client, 'report_part', id, data);
    });
    return {
      take: async () => (await repository.claim(of, SILENT_SECONDS))?.part,
      made: (part) => repository.close(of, part),
      written: () => repository.allWritten(of),
      async end() {
        await repository.end(of, async (client) => {
          for (const id of jobIds) await jobs.removeIn(client, 'report_part', id);
        });
        await storage.removeAll(partFiles(of.files, of.attempt));
      },
    };
  }
}
