import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Window } from '#libs/uptime/windows.js';
import { Settings } from '../../../platform/config/settings.js';
import { Storage, type StoredObject } from '../../../platform/storage/storage.js';
import { getStored } from '../../../platform/storage/stored-file.js';
import { PartSharing, type SharedParts } from './shared-parts.js';
import type { PartsOf, WrittenPart } from './report-parts.repository.js';
import type { MetadataSums } from '../record/report-metadata.js';
import type { StoreFigures } from './report-figures.js';
import type { ReportText } from './report-formats.js';
import type { ReportInputs } from './report-inputs.js';
import { ReportInputsRepository } from './report-inputs.repository.js';
import type { ReportParts } from './report-parts.js';
import { writeReport } from './report-writer.js';
import { RowBuffer, RowParser } from './row-buffer.js';
import { RowSpool } from './row-spool.js';

/** A file to write. */
export interface ReportFile {
  readonly key: string;
  readonly windows: readonly Window[];
  /** Only these stores; undefined: every store. */
  readonly storeIds: readonly string[] | undefined;
  readonly text: ReportText;
  /** In the order of the inputs' stores, in batches. */
  figures(inputs: ReportInputs): AsyncIterable<StoreFigures[]>;
  /** Adds the metadata of a part that another worker made. */
  merge(sums: MetadataSums): void;
  /** Offers parts to other workers under this attempt; undefined: makes all of them. */
  readonly shareAs: (PartsOf & { readonly files: string }) | undefined;
  onTotal(stores: number): Promise<unknown>;
  onProgress(stores: number, total: number): void;
  readonly stop: AbortSignal;
}

/** Rows of a report with three windows that are in memory at once while they are put into order. */
const ROWS_PER_BUCKET = 20_000;
/** Bytes of rows gathered before they are written to the spool. */
const SPOOLED_AT_ONCE = 8_000_000;

/** Reports of more stores are offered to other workers. */
const SHARED_FROM = 100_000;
const WAIT_MS = 200;

/** Writes the files of reports. One of many stores is made in parts, and their rows are put into order on disk. */
@Injectable()
export class ReportFileWriter {
  private readonly sharedFrom = SHARED_FROM;

  constructor(
    private readonly inputs: ReportInputsRepository,
    private readonly storage: Storage,
    private readonly settings: Settings,
    private readonly sharing: PartSharing,
  ) {}

  async write(file: ReportFile): Promise<StoredObject & { readonly stores: number }> {
    let spool: RowSpool | undefined;
    try {
      const read = await this.inputs.readStores(
        file.windows,
        async ({ total, ...stores }) => {
          await file.onTotal(total);
          if ('inputs' in stores) {
            const content = writeReport(file.figures(stores.inputs), file.text, (done) => file.onProgress(done, total));
            return { stores: total, stored: await this.storage.put(file.key, content) };
          }
          spool = await RowSpool.open(join(this.settings.home, 'spool'), rowsPerBucket(file));
          await this.spoolParts(file, stores.parts, spool, total);
          return { stores: total, stored: undefined };
        },
        { storeIds: file.storeIds },
      );
      // The snapshot is closed: PostgreSQL must not keep it while the file is uploaded.
      const stored = read.stored ?? (await this.storage.put(file.key, inOrder(spool!, file)));
      return { stores: read.stores, ...stored };
    } finally {
      await spool?.close();
    }
  }

  private async spoolParts(file: ReportFile, parts: ReportParts, spool: RowSpool, total: number): Promise<void> {
    let done = 0;
    const onProgress = (stores: number): void => file.onProgress((done += stores), total);
    if (file.shareAs && total > this.sharedFrom) {
      const shared = await this.sharing.offer(file.shareAs, parts);
      try {
        await this.spoolShared(shared, file, parts, spool, onProgress);
      } finally {
        // Whatever stays behind is removed with the report.
        await shared.end().catch(() => {});
      }
    } else {
      for (let part = 0; part < parts.count; part++) await spoolPart(part, parts, file, spool, onProgress);
    }
  }

  /** Makes parts until none is left, and gathers those that others make. */
  private async spoolShared(
    shared: SharedParts,
    file: ReportFile,
    parts: ReportParts,
    spool: RowSpool,
    onProgress: (stores: number) => void,
  ): Promise<void> {
    const gathered = new Set<number>();
    while (gathered.size < parts.count) {
      file.stop.throwIfAborted();
      const part = await shared.take();
      if (part !== undefined) {
        await spoolPart(part, parts, file, spool, onProgress);
        gathered.add(part);
        await shared.made(part);
      }
      for (const written of await shared.written()) {
        if (gathered.has(written.part)) continue;
        await this.spoolWritten(written, parts, spool);
        file.merge(written.sums);
        gathered.add(written.part);
        onProgress(parts.ids(written.part).length);
      }
      if (part !== undefined || gathered.size === parts.count) continue;
      await parts.keepOpen();
      await sleep(WAIT_MS);
    }
  }

  private async spoolWritten(written: WrittenPart, parts: ReportParts, spool: RowSpool): Promise<void> {
    const [ids, positions] = [parts.ids(written.part), parts.positions(written.part)];
    const rows = new RowBuffer();
    let index = 0;
    const parser = new RowParser((id, text) => {
      while (ids[index] < id) index++;
      if (ids[index] === id) rows.add(positions[index], text);
    });
    for await (const piece of await getStored(this.storage, written)) {
      parser.parse(piece as Buffer);
      if (rows.size < SPOOLED_AT_ONCE) continue;
      await spool.add(rows);
      rows.clear();
    }
    await spool.add(rows);
  }
}

/** With more windows, rows are longer. */
const rowsPerBucket = ({ windows }: ReportFile): number =>
  Math.ceil((ROWS_PER_BUCKET * 3) / Math.max(3, windows.length));

/** Makes the rows of a part. */
async function spoolPart(
  part: number,
  parts: ReportParts,
  file: ReportFile,
  spool: RowSpool,
  onProgress: (stores: number) => void,
): Promise<void> {
  const positions = parts.positions(part);
  const rows = new RowBuffer();
  let index = 0;
  for await (const batch of file.figures(await parts.inputs(part))) {
    for (const store of batch) rows.add(positions[index++], file.text.stores([store]));
    onProgress(batch.length);
    if (rows.size < SPOOLED_AT_ONCE) continue;
    await spool.add(rows);
    rows.clear();
  }
  await spool.add(rows);
}

async function* inOrder(spool: RowSpool, { text, stop }: ReportFile): AsyncGenerator<string | Buffer> {
  yield text.head;
  for await (const rows of spool.read(text.separator)) {
    stop.throwIfAborted();
    yield rows;
  }
  yield text.tail;
}
