import { useEffect, useState } from 'preact/hooks';
import { answered, api } from '../api/client.js';
import type { Heatmap } from '../api/fleet.js';
import { Cells } from './cells.js';
import { type Filters, inRequest } from './filters.js';

/** First few, so that they are seen soon. */
const FIRST_PAGE = 100;
/** The most that the API gives at once. */
export const PAGE = 1_000;

const KEPT_MS = 120_000;

export interface Fleet {
  readonly cells: Cells;
  /** Up to when the last hour is shown. */
  readonly toMs: number;
  /** Another one whenever rows were added. */
  readonly loaded: number;
  /** That match, loaded or not. */
  readonly total: number;
  readonly isWhole: boolean;
}

export interface FleetLoad {
  /** Of the filters before, until the first page for these has come. */
  readonly fleet?: Fleet;
  readonly error?: Error;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/** What was loaded last: who comes back from a store finds the fleet as it was. */
let kept: { readonly key: string; readonly fleet: Fleet; readonly atMs: number } | undefined;

const recalled = (key: string): Fleet | undefined =>
  kept?.key === key && performance.now() - kept.atMs < KEPT_MS ? kept.fleet : undefined;

/** The stores that match, page after page. */
export function useFleet(filters: Filters): FleetLoad {
  const query = inRequest(filters);
  const key = JSON.stringify(query);
  const [state, setState] = useState<Omit<FleetLoad, 'reload'>>({ isLoading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const known = turn === 0 ? recalled(key) : undefined;
    if (known) return setState({ fleet: known, isLoading: false });
    const over = new AbortController();
    setState(({ fleet }) => ({ ...(fleet && { fleet }), isLoading: true }));
    const load = async (): Promise<void> => {
      for await (const fleet of pagesOf(query, over.signal)) {
        setState({ fleet, isLoading: !fleet.isWhole });
        if (fleet.isWhole) kept = { key, fleet, atMs: performance.now() };
      }
    };
    load().catch((error: Error) => {
      if (!over.signal.aborted) setState(({ fleet }) => ({ ...(fleet && { fleet }), error, isLoading: false }));
    });
    return () => over.abort();
  }, [key, turn]);
  return { ...state, reload: () => setTurn((last) => last + 1) };
}

type Query = ReturnType<typeof inRequest>;

/** When the hours move on between two pages, it is begun anew. */
async function* pagesOf(query: Query, signal: AbortSignal): AsyncGenerator<Fleet> {
  let cells: Cells | undefined;
  let token: string | null = '';
  while (token !== null) {
    const place: { page_size: number; page_token?: string } = token
      ? { page_size: PAGE, page_token: token }
      : { page_size: FIRST_PAGE };
    const page: Heatmap = await answered(
      api.GET('/v1/fleet/heatmap', { params: { query: { ...query, ...place } }, signal }),
    );
    signal.throwIfAborted();
    const fromMs = Date.parse(page.from);
    if (cells && cells.fromMs !== fromMs) {
      [cells, token] = [undefined, ''];
      continue;
    }
    cells ??= new Cells(fromMs, page.hours, page.total_stores);
    cells.add(page.stores);
    token = page.next_page_token;
    yield {
      cells,
      toMs: Date.parse(page.to),
      loaded: cells.rows.length,
      total: page.total_stores,
      isWhole: token === null,
    };
  }
}
