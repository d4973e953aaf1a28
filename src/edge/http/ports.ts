import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { DomainError } from '#libs/errors.js';

/** A port that nobody listens on now. Somebody else may take it before it is used. */
export async function freePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A host as a URL spells it. */
export const forUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** What went wrong with listening, in a sentence that names the setting when the port is taken. */
export function portError(error: unknown, setting: string, port: number): unknown {
  if (!(error instanceof Error) || !/EADDRINUSE|address already in use/i.test(error.message)) return error;
  const remedy = `set ${setting} to another one, or to 0 for any that is free`;
  return new DomainError('unavailable', `Port ${port} is in use; ${remedy}.`, undefined, { cause: error });
}
