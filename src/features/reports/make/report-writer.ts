import type { StoreFigures } from './report-figures.js';
import type { ReportText } from './report-formats.js';

/** A report's text, in chunks. */
export async function* writeReport(
  figures: AsyncIterable<StoreFigures[]>,
  text: ReportText,
  onProgress: (stores: number) => void,
): AsyncGenerator<string> {
  yield text.head;
  let stores = 0;
  for await (const batch of figures) {
    yield (stores === 0 ? '' : text.separator) + text.stores(batch);
    stores += batch.length;
    onProgress(stores);
  }
  yield text.tail;
}
