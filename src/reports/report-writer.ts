import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StoreFigures } from './report-figures.js';
import type { ReportText } from './report-formats.js';

/** Stores that are computed and written before other work of the process gets its turn. */
const STORES_PER_TURN = 250;

/** A report's text, in pieces. */
export async function* writeReport(
  figures: Iterable<StoreFigures>,
  text: ReportText,
  onProgress: (stores: number) => void,
): AsyncGenerator<string> {
  yield text.head;
  let gathered: StoreFigures[] = [];
  let stores = 0;
  const piece = (): string => {
    const written = stores === 0 || gathered.length === 0 ? '' : text.separator;
    stores += gathered.length;
    const some = written + text.stores(gathered);
    gathered = [];
    onProgress(stores);
    return some;
  };
  for (const store of figures) {
    gathered.push(store);
    if (gathered.length < STORES_PER_TURN) continue;
    yield piece();
    await nextTurn();
  }
  yield piece();
  yield text.tail;
}
