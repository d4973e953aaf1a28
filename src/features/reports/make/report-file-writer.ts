import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { Window } from '#libs/uptime/windows.js';
import { Settings } from '../../../platform/config/settings.js';
import { Storage, type StoredObject } from '../../../platform/storage/storage.js';
import type { StoreFigures } from './report-figures.js';
import type { ReportText } from './report-formats.js';
import type { ReportInputs } from './report-inputs.js';
import { type ReportPart, ReportInputsRepository } from './report-inputs.repository.js';
import { writeReport } from './report-writer.js';
import { RowBuffer } from './row-buffer.js';
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
  onTotal(stores: number): Promise<unknown>;
  onProgress(stores: number, total: number): void;
  readonly stop: AbortSignal;
}

/** Rows of a report with three windows that are in memory at once while they are put into order. */
const ROWS_PER_BUCKET = 20_000;
/** Bytes of rows gathered before they are written to the spool. */
const SPOOLED_AT_ONCE = 8_000_000;

/** Writes the files of reports. One of many stores is made in parts, and their rows are put into order on disk. */
@Injectable()
export class ReportFileWriter {
  constructor(
    private readonly inputs: ReportInputsRepository,
    private readonly storage: Storage,
    private readonly settings: Settings,
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
          let done = 0;
          for await (const part of stores.parts) {
            await spoolPart(part, file, spool, (more) => file.onProgress((done += more), total));
          }
          return { stores: total, stored: undefined };
        },
        file.storeIds,
      );
      // The snapshot is closed: PostgreSQL must not keep it while the file is uploaded.
      const stored = read.stored ?? (await this.storage.put(file.key, inOrder(spool!, file)));
      return { stores: read.stores, ...stored };
    } finally {
      await spool?.close();
    }
  }
}

/** With more windows, rows are longer. */
const rowsPerBucket = ({ windows }: ReportFile): number =>
  Math.ceil((ROWS_PER_BUCKET * 3) / Math.max(3, windows.length));

/** Writes the rows of a part. */
async function spoolPart(
  { inputs, positions }: ReportPart,
  file: ReportFile,
  spool: RowSpool,
  onProgress: (stores: number) => void,
): Promise<void> {
  const rows = new RowBuffer();
  let index = 0;
  for await (const batch of file.figures(inputs)) {
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
