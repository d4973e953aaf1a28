import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Storewatch } from './server.js';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As they came: nothing is unpacked, which fetch would do. */
  readonly bytes: Buffer;
  json(): unknown;
}

/** Sends the headers that it is given, and none of its own but Host. */
export async function ask(
  server: Storewatch,
  path: string,
  headers: Record<string, string> = {},
  verb = 'GET',
): Promise<RawAnswer> {
  // a connection of its own: one that was kept may be closed by the server just as it is used again
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
 * Sends a request as it stands, over a connection of its own.
 * @param lines the request line and headers
 * @returns the status and the text of the answer's body
 */
export async function sendLines(
  url: string,
  lines: readonly string[],
  body = '',
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) });
  // not ended: Node takes the end for a client that has gone
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
  const answer = await text(socket);
  const [head, ...rest] = answer.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), body: rest.join('\r\n\r\n') };
}
