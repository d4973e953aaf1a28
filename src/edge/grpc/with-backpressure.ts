import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Messages for a gRPC stream. The next message is produced only once the client has received the ones before it, so a slow
 * client costs no memory.
 * @param signal aborted when the client has disconnected
 */
export async function* withBackpressure<Message>(
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
