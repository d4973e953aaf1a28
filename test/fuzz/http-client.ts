import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface RawRequest {
  readonly verb: string;
  /** The raw path. Unlike fetch, this does not normalize it. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly chunks?: readonly Buffer[];
}

/** Much longer than anything takes: only a request that hangs reaches it. */
const WATCHDOG_MS = 30_000;

/** An endless stream. Its first event counts as the response. */
const ENDLESS = /^\/v1\/fleet\/events/;
const EVENT = '\ndata: ';

/**
 * The server may close a kept connection at any time. That says nothing about the request (Node.js, http,
 * "reusedSocket").
 */
class ConnectionEnded extends Error {}

/** A client that sends arbitrary requests over kept connections. */
export class HttpClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(private readonly origin: string) {}

  async send(raw: RawRequest): Promise<RawAnswer> {
    for (;;) {
      try {
        return await this.sendOnce(raw);
      } catch (error) {
        if (!(error instanceof ConnectionEnded)) throw error;
      }
    }
  }

  private sendOnce({ verb, path, headers = {}, chunks = [] }: RawRequest): Promise<RawAnswer> {
    return new Promise((done, fail) => {
      const signal = AbortSignal.timeout(WATCHDOG_MS);
      const call = request(this.origin, { method: verb, path, headers, agent: this.agent, signal }, (response) => {
        const bytes: Buffer[] = [];
        const finish = (): void => {
          const text = Buffer.concat(bytes).toString('utf8');
          done({ status: response.statusCode!, headers: response.headers, text });
        };
        response.on('data', (chunk: Buffer) => {
          bytes.push(chunk);
          if (!ENDLESS.test(path) || !Buffer.concat(bytes).includes(EVENT)) return;
          finish();
          call.destroy();
        });
        response.on('end', finish);
        response.on('error', fail);
      });
      call.on('error', (error: NodeJS.ErrnoException) => {
        fail(call.reusedSocket && error.code === 'ECONNRESET' ? new ConnectionEnded() : error);
      });
      // Without it, Node.js sends the body of a GET without its length.
      if (chunks.length > 1) call.setHeader('transfer-encoding', 'chunked');
      else if (chunks[0]) call.setHeader('content-length', chunks[0].length);
      for (const chunk of chunks) call.write(chunk);
      call.end();
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
