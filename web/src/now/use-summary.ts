import { useEffect, useState } from 'preact/hooks';
import { eventsOf } from '../api/events.js';
import type { Basis, FleetSummary } from '../api/fleet.js';
import { useVisible } from '../ui/use-visible.js';

export interface LiveSummary {
  /** The last one that came; of the other basis until the first of this one comes. */
  readonly summary?: FleetSummary;
  /** undefined: not yet. */
  readonly isLinked?: boolean;
  readonly error?: Error;
}

/**
 * The summary of the fleet as it changes. A tab that nobody sees lets go of its stream: over HTTP/1.1 a browser has six
 * connections to a server, and six forgotten tabs would leave none.
 */
export function useSummary(basis: Basis): LiveSummary {
  const [state, setState] = useState<LiveSummary>({});
  const isVisible = useVisible();
  useEffect(() => {
    if (!isVisible) return;
    const over = new AbortController();
    const update = (change: LiveSummary): void => {
      if (!over.signal.aborted) setState((last) => ({ ...last, ...change }));
    };
    const follow = async (): Promise<void> => {
      const onLink = (isLinked: boolean): void => update({ isLinked });
      for await (const { event, data } of eventsOf(`v1/fleet/events?basis=${basis}`, over.signal, undefined, onLink)) {
        if (event === 'summary') update({ summary: data as FleetSummary });
      }
    };
    follow().catch((error: Error) => update({ error }));
    return () => over.abort();
  }, [basis, isVisible]);
  return state;
}
