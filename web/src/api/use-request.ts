import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Requested<T> {
  /** The last response. Stays during the next request and after a failed reload. */
  readonly data?: T;
  readonly error?: Error;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/**
 * Sends a request, and again whenever one of `inputs` changes. A response to earlier inputs is dropped.
 * @param ask gets a signal that aborts when its response is no longer needed
 */
export function useRequest<T>(ask: (signal: AbortSignal) => Promise<T>, inputs: readonly unknown[]): Requested<T> {
  const [state, setState] = useState<{ data?: T; error?: Error; isLoading: boolean }>({ isLoading: true });
  const [reloads, setReloads] = useState(0);
  const lastReloads = useRef(reloads);
  useEffect(() => {
    // After a failed reload the previous data still belongs to these inputs, so it stays.
    const isReload = lastReloads.current !== reloads;
    lastReloads.current = reloads;
    const controller = new AbortController();
    setState(({ data }) => ({ ...(data !== undefined && { data }), isLoading: true }));
    ask(controller.signal).then(
      (data) => controller.signal.aborted || setState({ data, isLoading: false }),
      (error: Error) =>
        controller.signal.aborted ||
        setState(({ data }) => ({ ...(isReload && data !== undefined && { data }), error, isLoading: false })),
    );
    return () => controller.abort();
  }, [...inputs, reloads]);
  return { ...state, reload: useCallback(() => setReloads((last) => last + 1), []) };
}
