import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endpointPort } from './bucket.js';

/**
 * What happens to a request: it gets an error status, or 200 and a foreign body, or no response; it is changed on its
 * way; or its response is cut or goes silent after this many bytes. Undefined: it is forwarded unchanged.
 */
export type Fault =
  | { readonly status: number; readonly code: string }
  | { readonly body: string }
  | 'no answer'
  | 'changed'
  | { readonly cutAfter: number }
  | { readonly silentAfter: number };

/**
 * An HTTP proxy in front of the S3 server that causes faults. It forwards Host unchanged, so that the signature is
 * valid.
 */
export class Faulty {
  /** Called for each request. */
  fault: (request: IncomingMessage) => Fault | undefined = () => undefined;
  readonly seen: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Faulty> {
    const server = createServer();
    const faulty = new Faulty(server);
    server.on('request', (request, response) => faulty.pass(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return faulty;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    this.seen.push(`${request.method} ${request.url}`);
    const fault = this.fault(request);
    request.on('error', () => {});
    if (fault === 'no answer') return;
    if (typeof fault === 'object' && 'status' in fault) {
      request.resume().once('end', () => {
        response.writeHead(fault.status, { 'Content-Type': 'application/xml' });
        response.end(`<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>as it was told</Message></Error>`);
      });
      return;
    }
    if (typeof fault === 'object' && 'body' in fault) {
      request.resume().once('end', () => response.writeHead(200).end(fault.body));
      return;
    }
    const { method, url: path, headers } = request;
    const onward = ask({ port: endpointPort, host: '127.0.0.1', method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      if (typeof fault === 'object') spoil(answer, response, fault);
      else answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    let isChanged = fault !== 'changed';
    request.on('data', (chunk: Buffer) => {
      if (!isChanged) chunk[0] ^= 1;
      isChanged = true;
      onward.write(chunk);
    });
    request.on('end', () => onward.end());
  }
}

function spoil(
  answer: IncomingMessage,
  response: ServerResponse,
  fault: { cutAfter: number } | { silentAfter: number },
): void {
  let left = 'cutAfter' in fault ? fault.cutAfter : fault.silentAfter;
  answer.on('data', (chunk: Buffer) => {
    const some = chunk.subarray(0, left);
    left -= some.length;
    response.write(some, () => {
      if (left === 0 && 'cutAfter' in fault) response.destroy();
    });
  });
}
