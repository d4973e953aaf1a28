import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * The messages of a stream of gRPC. Asks for the next message only when the client has taken those before, so that a slow one costs no memory.
 * @param signal aborted when it has gone
 */
export async function* taken<Message>(
  messages: AsyncIterable<Message>,
  call: Writable,
  signal: AbortSignal,
): AsyncGenerator<Message> {
  for await (const message of messages) {
    yield message;
    if (call.writableNeedDrain) await once(call, 'drain', { signal }).catch(() => {});
    if (signal.aborted) return;
  }
}
