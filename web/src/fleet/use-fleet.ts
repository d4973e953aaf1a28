import { useEffect, useState } from 'preact/hooks';
import { getHeatmap } from '../api/fleet.js';
import { Cells } from './cells.js';
import { type Filters, inRequest } from './filters.js';

/** First few, so that they are seen soon. */
const FIRST_PAGE = 100;
const PAGE = 1_000;

export interface Fleet {
  readonly cells: Cells;
  /** Another one whenever rows were added. */
  readonly loaded: number;
  /** That match, loaded or not. */
  readonly total: number;
  readonly toMs: number;
}

export interface FleetLoad {
  /** Of the filters before, until the first page for these has come. */
  readonly fleet?: Fleet;
  readonly error?: Error;
  readonly isLoading: boolean;
  reload(): void;
}

/** The stores that match, page after page. */
export function useFleet(filters: Filters): FleetLoad {
  const [state, setState] = useState<Omit<FleetLoad, 'reload'>>({ isLoading: true });
  const [turn, setTurn] = useState(0);
  const query = inRequest(filters);
  useEffect(() => {
    const over = new AbortController();
    setState(({ fleet }) => ({ ...(fleet && { fleet }), isLoading: true }));
    const load = async (): Promise<void> => {
      for await (const fleet of pagesOf(query, over.signal)) {
        setState({ fleet, isLoading: fleet.loaded < fleet.total });
      }
      setState((last) => ({ ...last, isLoading: false }));
    };
    load().catch((error: Error) => {
      if (!over.signal.aborted) setState(({ fleet }) => ({ ...(fleet && { fleet }), error, isLoading: false }));
    });
    return () => over.abort();
  }, [JSON.stringify(query), turn]);
  return { ...state, reload: () => setTurn((last) => last + 1) };
}

async function* pagesOf(query: Record<string, string>, signal: AbortSignal): AsyncGenerator<Fleet> {
  let cells: Cells | undefined;
  let token: string | null = '';
  let to: string | undefined;
  for (let size = FIRST_PAGE; token !== null; size = PAGE) {
    const asked: Record<string, string> = { ...query, page_size: String(size), ...(token && { page_token: token }) };
    // polls that come in between shall not move the hours
    if (to !== undefined) asked.to = to;
    const page = await getHeatmap(asked, signal);
    signal.throwIfAborted();
    to = page.to;
    cells ??= new Cells(Date.parse(page.from), page.hours, page.total_stores);
    cells.add(page.stores);
    token = page.next_page_token;
    yield { cells, loaded: cells.rows.length, total: page.total_stores, toMs: Date.parse(page.to) };
  }
}
