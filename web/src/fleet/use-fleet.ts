import { useEffect, useState } from 'preact/hooks';
import { unwrap, api } from '../api/client.js';
import type { Heatmap } from '../api/fleet.js';
import { Cells } from './cells.js';
import { type Filters, toRequest } from './filters.js';

/** A small first page appears sooner. */
const FIRST_PAGE = 100;
/** Largest page of the API. */
export const PAGE = 1_000;

const CACHE_MS = 120_000;

export interface Fleet {
  readonly cells: Cells;
  /** End of the last hour, which may be partial. */
  readonly toMs: number;
  /** Number of rows in `cells`, which grows in place. */
  readonly loaded: number;
  /** Number of matching stores, loaded or not. */
  readonly total: number;
  readonly isComplete: boolean;
}

export interface FleetLoad {
  /** After a change of filters, the previous stores stay until the first page arrives. */
  readonly fleet?: Fleet;
  readonly error?: Error;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/** The last fleet, so that it is there when the user returns from a store. */
let lastFleet: { readonly key: string; readonly fleet: Fleet; readonly atMs: number } | undefined;

const cached = (key: string): Fleet | undefined =>
  lastFleet?.key === key && performance.now() - lastFleet.atMs < CACHE_MS ? lastFleet.fleet : undefined;

/** Loads the matching stores page by page. */
export function useFleet(filters: Filters): FleetLoad {
  const query = toRequest(filters);
  const key = JSON.stringify(query);
  const [state, setState] = useState<Omit<FleetLoad, 'reload'>>({ isLoading: true });
  const [reloads, setReloads] = useState(0);
  useEffect(() => {
    const known = reloads === 0 ? cached(key) : undefined;
    if (known) return setState({ fleet: known, isLoading: false });
    const controller = new AbortController();
    setState(({ fleet }) => ({ ...(fleet && { fleet }), isLoading: true }));
    const load = async (): Promise<void> => {
      for await (const fleet of pagesOf(query, controller.signal)) {
        setState({ fleet, isLoading: !fleet.isComplete });
        if (fleet.isComplete) lastFleet = { key, fleet, atMs: performance.now() };
      }
    };
    load().catch((error: Error) => {
      if (!controller.signal.aborted) setState(({ fleet }) => ({ ...(fleet && { fleet }), error, isLoading: false }));
    });
    return () => controller.abort();
  }, [key, reloads]);
  return { ...state, reload: () => setReloads((last) => last + 1) };
}

type Query = ReturnType<typeof toRequest>;

/** Starts over if the hours shift between two pages. */
async function* pagesOf(query: Query, signal: AbortSignal): AsyncGenerator<Fleet> {
  let cells: Cells | undefined;
  let token: string | null = '';
  while (token !== null) {
    const place: { page_size: number; page_token?: string } = token
      ? { page_size: PAGE, page_token: token }
      : { page_size: FIRST_PAGE };
    const page: Heatmap = await unwrap(
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
      isComplete: token === null,
    };
  }
}
