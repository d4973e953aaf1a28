import type { StoreFigures } from './report-figures.js';
import type { ReportText } from './report-formats.js';

/** A report's text, in pieces. */
export async function* writeReport(
  figures: AsyncIterable<StoreFigures[]>,
  text: ReportText,
  onProgress: (stores: number) => void,
): AsyncGenerator<string> {
  yield text.head;
  let stores = 0;
  for await (const some of figures) {
    yield (stores === 0 ? '' : text.separator) + text.stores(some);
    stores += some.length;
    onProgress(stores);
  }
  yield text.tail;
}
