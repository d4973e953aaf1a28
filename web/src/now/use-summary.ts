import { useEffect, useState } from 'preact/hooks';
import { eventsOf } from '../api/events.js';
import type { Basis, FleetSummary } from '../api/fleet.js';
import { useVisible } from '../ui/use-visible.js';

export interface LiveSummary {
  /** The latest summary. After a change of basis, the previous one stays until the next arrives. */
  readonly summary?: FleetSummary;
  /** undefined: the first connection is not open yet. */
  readonly isConnected?: boolean;
  readonly error?: Error;
}

/**
 * The live summary of the fleet. A hidden tab closes its stream: over HTTP/1.1 a browser opens at most six connections to a
 * server, so six hidden tabs would block the page.
 */
export function useSummary(basis: Basis): LiveSummary {
  const [state, setState] = useState<LiveSummary>({});
  const isVisible = useVisible();
  useEffect(() => {
    if (!isVisible) return;
    const controller = new AbortController();
    const update = (change: LiveSummary): void => {
      if (!controller.signal.aborted) setState((last) => ({ ...last, ...change }));
    };
    const listen = async (): Promise<void> => {
      const onConnected = (isConnected: boolean): void => update({ isConnected });
      for await (const { event, data } of eventsOf(
        `v1/fleet/events?basis=${basis}`,
        controller.signal,
        undefined,
        onConnected,
      )) {
        if (event === 'summary') update({ summary: data as FleetSummary });
      }
    };
    listen().catch((error: Error) => update({ error }));
    return () => controller.abort();
  }, [basis, isVisible]);
  return state;
}
