import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Requested<T> {
  /** Of the last answer; it stays while the next one is awaited, and where a reload fails. */
  readonly data?: T;
  readonly error?: Error;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/**
 * The answer to a request that is made again whenever one of `inputs` changes; an answer that comes after that is dropped.
 * @param ask is given a signal that is aborted when nobody wants the answer any more
 */
export function useRequest<T>(ask: (signal: AbortSignal) => Promise<T>, inputs: readonly unknown[]): Requested<T> {
  const [state, setState] = useState<{ data?: T; error?: Error; isLoading: boolean }>({ isLoading: true });
  const [turn, setTurn] = useState(0);
  const lastTurn = useRef(turn);
  useEffect(() => {
    // the same question once more: its last answer is old, but not wrong
    const isReload = lastTurn.current !== turn;
    lastTurn.current = turn;
    const over = new AbortController();
    setState(({ data }) => ({ ...(data !== undefined && { data }), isLoading: true }));
    ask(over.signal).then(
      (data) => over.signal.aborted || setState({ data, isLoading: false }),
      (error: Error) =>
        over.signal.aborted ||
        setState(({ data }) => ({ ...(isReload && data !== undefined && { data }), error, isLoading: false })),
    );
    return () => over.abort();
  }, [...inputs, turn]);
  return { ...state, reload: useCallback(() => setTurn((last) => last + 1), []) };
}
