import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { DomainError } from '#libs/errors.js';

/** A free port. Another process may take it before it is used. */
export async function freePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A host as written in a URL. */
export const forUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Converts an error of `listen`. If the port is in use, the message names the setting. */
export function portError(error: unknown, setting: string, port: number): unknown {
  if (!(error instanceof Error) || !/EADDRINUSE|address already in use/i.test(error.message)) return error;
  const remedy = `set ${setting} to another port, or to 0 for any free one`;
  return new DomainError('unavailable', `Port ${port} is in use; ${remedy}.`, { cause: error });
}
