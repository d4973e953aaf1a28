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
import { type ReportRow, RowSpool } from './row-spool.js';

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
/** Characters of rows gathered before they are written to the spool. */
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
            for await (const rows of rowsOf(part, file, (more) => file.onProgress((done += more), total))) {
              await spool.add(rows);
            }
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

/** The rows of a part, in batches. The text of every row but the report's first begins with the separator. */
async function* rowsOf(
  { inputs, positions }: ReportPart,
  { figures, text }: ReportFile,
  onProgress: (stores: number) => void,
): AsyncGenerator<ReportRow[]> {
  let rows: ReportRow[] = [];
  let size = 0;
  let index = 0;
  for await (const batch of figures(inputs)) {
    for (const store of batch) {
      const position = positions[index++];
      const row = { position, text: (position === 0 ? '' : text.separator) + text.stores([store]) };
      rows.push(row);
      size += row.text.length;
    }
    onProgress(batch.length);
    if (size < SPOOLED_AT_ONCE) continue;
    yield rows;
    [rows, size] = [[], 0];
  }
  yield rows;
}

async function* inOrder(spool: RowSpool, { text, stop }: ReportFile): AsyncGenerator<string | Buffer> {
  yield text.head;
  for await (const rows of spool.read()) {
    stop.throwIfAborted();
    yield rows;
  }
  yield text.tail;
}
