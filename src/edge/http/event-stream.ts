import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** How long a browser waits before it reconnects. */
const RETRY_MS = 2_000;
/** Proxies close idle connections, often after 60 s. */
const HEARTBEAT_MS = 15_000;

/** A response of server-sent events (WHATWG HTML, section 9.2). */
export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;

  /** @param signal aborted when the client has disconnected */
  constructor(
    private readonly response: ServerResponse,
    private readonly signal: AbortSignal,
    heartbeatMs = HEARTBEAT_MS,
  ) {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // otherwise nginx holds events back until its buffer is full
      'X-Accel-Buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(': heartbeat\n\n');
    }, heartbeatMs).unref();
  }

  /** Resolves when the connection can take another event, or the client has disconnected. @param id without line breaks */
  async send(event: string, id: string, data: object): Promise<void> {
    const hasRoom = this.response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (!hasRoom) await once(this.response, 'drain', { signal: this.signal }).catch(() => {});
  }

  end(): void {
    clearInterval(this.heartbeat);
    this.response.end();
  }
}
