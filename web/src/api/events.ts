import { createParser } from 'eventsource-parser';
import { apiBase, fetchFromApi, problemOf } from './client.js';

/** Waits between attempts, ms: the last one stays. */
const RETRIES_MS = [1_000, 2_000, 5_000, 15_000];

export interface StreamEvent {
  readonly event: string;
  /** From JSON. */
  readonly data: unknown;
}

/**
 * The events of a stream, for as long as it lasts; it is opened again when it breaks off. A browser's own EventSource cannot
 * send a key.
 * @param path without a slash at the beginning
 * @param isLast ends the stream with this event
 * @param onLink is told when the stream is there, and when it has broken off
 * @throws ApiError where the server refuses
 */
export async function* eventsOf(
  path: string,
  signal: AbortSignal,
  isLast: (event: string) => boolean = () => false,
  onLink: (isThere: boolean) => void = () => {},
): AsyncGenerator<StreamEvent> {
  let lastId = '';
  for (let attempt = 0; !signal.aborted; attempt++) {
    const found: StreamEvent[] = [];
    const parser = createParser({
      onEvent: ({ id, event = 'message', data }) => {
        if (id !== undefined) lastId = id;
        found.push({ event, data: JSON.parse(data) });
      },
    });
    const headers = { Accept: 'text/event-stream', ...(lastId && { 'Last-Event-ID': lastId }) };
    try {
      const response = await fetchFromApi(`${apiBase}/${path}`, { headers, signal });
      if (response.status === 204) return;
      if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response.status);
      onLink(true);
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
        parser.feed(text);
        for (const each of found.splice(0)) {
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
    onLink(false);
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
