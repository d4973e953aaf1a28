import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Pair } from '../setup/certificate.js';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A webhook receiver on a free port of loopback. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** The responses to the next calls, one each; after that 204. */
  answers: ((response: ServerResponse) => void)[];
  close(): Promise<void>;
}

export const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end('x'.repeat(100_000));
  };

/** @param pair PEM certificate and key, for TLS */
export async function startReceiver(pair?: Pair): Promise<Receiver> {
  const received: Received[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    received.push({ headers: request.headers, body: await text(request) });
    (receiver.answers.shift() ?? status(204))(response);
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => void receive(request, response);
  const server = pair ? createTlsServer(pair, listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `${pair ? 'https' : 'http'}://127.0.0.1:${port}/hooks/secret-path?token=secret-token`,
    port,
    received,
    answers: [],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
