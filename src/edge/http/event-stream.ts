import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** After how long a browser asks again when the stream breaks off. */
const RETRY_MS = 2_000;
/** A proxy takes a connection that is silent for longer, often 60 s, for dead. */
const HEARTBEAT_MS = 15_000;

/** Server-sent events (WHATWG HTML, section 9.2) as the answer to a request. */
export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;

  /** @param signal aborted when the client has gone */
  constructor(
    private readonly response: ServerResponse,
    private readonly signal: AbortSignal,
    heartbeatMs = HEARTBEAT_MS,
  ) {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // nginx would keep events back until its buffer is full
      'X-Accel-Buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(': heartbeat\n\n');
    }, heartbeatMs).unref();
  }

  /** Resolves when there is room for another one, or nobody is there any more. @param id without line breaks */
  async send(event: string, id: string, data: object): Promise<void> {
    const hasRoom = this.response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (!hasRoom) await once(this.response, 'drain', { signal: this.signal }).catch(() => {});
  }

  end(): void {
    clearInterval(this.heartbeat);
    this.response.end();
  }
}
