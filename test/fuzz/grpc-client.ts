import type { status } from '@grpc/grpc-js';
import { type ClientHttp2Session, type IncomingHttpHeaders, connect, constants } from 'node:http2';

export interface GrpcAnswer {
  readonly httpStatus: number | undefined;
  /** Undefined if the stream was reset. */
  readonly code: status | undefined;
  readonly message: string;
}

export interface RawCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly Buffer[];
  /** Whether the client disconnects after writing everything, instead of waiting for the response. */
  readonly isAborted: boolean;
}

/** Much longer than anything takes: only a call that hangs reaches it. */
const WATCHDOG_MS = 30_000;

/** An HTTP/2 client that sends arbitrary bytes as gRPC. */
export class GrpcFrames {
  private session: ClientHttp2Session | undefined;

  constructor(private readonly address: string) {}

  async call({ path, headers, chunks, isAborted }: RawCall): Promise<GrpcAnswer> {
    const stream = this.connected().request({ ':method': 'POST', ':path': path, te: 'trailers', ...headers });
    let answered: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    stream.on('response', (received) => (answered = received));
    stream.on('trailers', (received) => (trailers = received));
    stream.resume();
    const closed = new Promise<void>((done, fail) => {
      stream.on('close', done);
      // A reset counts as a response. Writes after it fail.
      stream.on('error', () => {});
      const watchdog = setTimeout(() => fail(new Error(`No response from ${path}`)), WATCHDOG_MS);
      stream.on('close', () => clearTimeout(watchdog));
    });
    for (const chunk of chunks) stream.write(chunk);
    if (isAborted) stream.close(constants.NGHTTP2_CANCEL);
    else stream.end();
    await closed;
    // A response without messages has its status in the first headers.
    const { 'grpc-status': code, 'grpc-message': message = '' } = { ...answered, ...trailers };
    return {
      httpStatus: answered[':status'] as number | undefined,
      code: code === undefined ? undefined : Number(code),
      message: decodeURIComponent(String(message)),
    };
  }

  private connected(): ClientHttp2Session {
    if (!this.session || this.session.closed || this.session.destroyed) {
      this.session = connect(`http://${this.address}`);
      this.session.on('error', () => {});
    }
    return this.session;
  }

  close(): void {
    this.session?.destroy();
  }
}

/** A message in a gRPC frame: one byte for compression, four for the length. */
export function framed(message: Buffer, flag: number, length: number): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}
