import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
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
