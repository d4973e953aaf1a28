import { createParser } from 'eventsource-parser';
import { apiBase, fetchFromApi, problemOf } from './client.js';

/** Delays before reconnecting, ms. The last one repeats. */
const RETRIES_MS = [1_000, 2_000, 5_000, 15_000];

export interface StreamEvent {
  readonly event: string;
  /** Parsed JSON. */
  readonly data: unknown;
}

/**
 * Reads server-sent events and reconnects when the connection drops. The browser's EventSource cannot send an API key.
 * @param path without a leading slash
 * @param isLast returns true for the event that ends the stream
 * @param onConnected called with true when the stream opens and false when it drops
 * @throws ApiError if the server rejects the request
 */
export async function* eventsOf(
  path: string,
  signal: AbortSignal,
  isLast: (event: string) => boolean = () => false,
  onConnected: (isConnected: boolean) => void = () => {},
): AsyncGenerator<StreamEvent> {
  let lastId = '';
  for (let attempt = 0; !signal.aborted; attempt++) {
    const received: StreamEvent[] = [];
    const parser = createParser({
      onEvent: ({ id, event = 'message', data }) => {
        if (id !== undefined) lastId = id;
        received.push({ event, data: JSON.parse(data) });
      },
    });
    const headers = { Accept: 'text/event-stream', ...(lastId && { 'Last-Event-ID': lastId }) };
    try {
      const response = await fetchFromApi(`${apiBase}/${path}`, { headers, signal });
      if (response.status === 204) return;
      if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response.status);
      onConnected(true);
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
        parser.feed(text);
        for (const each of received.splice(0)) {
          attempt = 0;
          yield each;
          if (isLast(each.event)) return;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      const { status = 0 } = error as { status?: number };
      if (status >= 400 && status < 500 && status !== 429) throw error;
    }
    onConnected(false);
    await pause(RETRIES_MS[Math.min(attempt, RETRIES_MS.length - 1)], signal);
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
