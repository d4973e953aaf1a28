import { Agent, type IncomingMessage, request } from 'node:http';
import { type ClientHttp2Session, type IncomingHttpHeaders, connect } from 'node:http2';
import type { RestCase } from './rest-cases.js';

/** Much longer than anything takes. */
const TIMEOUT_MS = 120_000;

const agent = new Agent({ keepAlive: true, maxSockets: 2 });

export const closeRest = (): void => agent.destroy();

/** @returns the status, such as `400`, or what is wrong with the response */
export function sendRest(origin: string, { verb, path, headers }: RestCase, body: Buffer): Promise<string> {
  return new Promise((done) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const call = request(
      origin + path,
      { method: verb, headers, agent, signal, setDefaultHeaders: true },
      (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (chunk: string) => (text = text.length < 2_000 ? text + chunk : text));
        response.once('end', () => done(judged(response, verb, text)));
        response.once('error', (error) => done(`WRONG: ${error.message}`));
      },
    );
    // A client that keeps sending after a rejection may be disconnected.
    call.on('error', (error) => done(/EPIPE|ECONNRESET/.test(String(error)) ? 'cut' : `WRONG: ${error.message}`));
    if (body.length > 0) call.setHeader('content-length', body.length);
    call.end(body);
  });
}

function judged({ statusCode: status = 0, headers }: IncomingMessage, verb: string, text: string): string {
  const type = headers['content-type'] ?? '';
  // Node.js itself answers 431, before there is a request.
  const isWrong =
    status >= 500 ||
    (status >= 400 && status !== 431 && verb !== 'HEAD' && !type.startsWith('application/problem+json'));
  return isWrong ? `WRONG: ${status} ${type} ${text.slice(0, 300)}` : String(status);
}

/** Codes of google.rpc.Code for unexpected errors. */
const UNFORESEEN: Readonly<Record<string, string>> = { '2': 'UNKNOWN', '13': 'INTERNAL', '15': 'DATA_LOSS' };

export class GrpcSender {
  private session: ClientHttp2Session | undefined;
  private readonly origin: string;

  constructor(address: string) {
    this.origin = `http://${address}`;
  }

  /** @returns the code, such as `gRPC 3`, or what is wrong with the response */
  send(path: string, message: Buffer): Promise<string> {
    if (!this.session || this.session.closed || this.session.destroyed) {
      this.session = connect(this.origin).on('error', () => {});
    }
    const stream = this.session.request({
      ':method': 'POST',
      ':path': path,
      te: 'trailers',
      'content-type': 'application/grpc',
    });
    let received: IncomingHttpHeaders = {};
    const note = (headers: IncomingHttpHeaders): void => void (received = { ...received, ...headers });
    stream.on('response', note).on('trailers', note);
    stream.on('error', () => {});
    stream.setTimeout(TIMEOUT_MS, () => stream.close());
    stream.resume();
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    stream.write(head);
    stream.end(message);
    return new Promise((done) => {
      stream.once('close', () => {
        const code = received['grpc-status'];
        if (code === undefined) done('WRONG: no status');
        else if (String(code) in UNFORESEEN)
          done(`WRONG: ${UNFORESEEN[String(code)]} ${String(received['grpc-message'])}`);
        else done(`gRPC ${String(code)}`);
      });
    });
  }

  close(): void {
    this.session?.destroy();
  }
}
