import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Storewatch } from './server.js';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The response as received. Unlike fetch, this does not decompress. */
  readonly bytes: Buffer;
  json(): unknown;
}

/** Sends only the given headers, and Host. */
export async function ask(
  server: Storewatch,
  path: string,
  headers: Record<string, string> = {},
  verb = 'GET',
): Promise<RawAnswer> {
  // A new connection: the server may close a kept one just as it is reused.
  const call = request(server.http + path, { method: verb, headers, agent: false });
  call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const bytes = Buffer.concat((await response.toArray()) as Buffer[]);
  return {
    status: response.statusCode!,
    headers: response.headers,
    bytes,
    json: () => JSON.parse(bytes.toString()) as unknown,
  };
}

/**
 * Sends a request exactly as given, over a new connection.
 * @param lines the request line and headers
 * @returns the status and the text of the response body
 */
export async function sendLines(
  url: string,
  lines: readonly string[],
  body = '',
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) });
  // The socket stays open: Node treats its end as a client that has disconnected.
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
  const answer = await text(socket);
  const [head, ...rest] = answer.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), body: rest.join('\r\n\r\n') };
}
