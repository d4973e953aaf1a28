import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

export interface Cable {
  /** Of PostgreSQL, by this way. */
  readonly url: string;
  readonly pull: () => void;
  readonly plugIn: () => void;
  /** Ends every connection. */
  readonly cut: () => Promise<void>;
}

/** A way to PostgreSQL on which all can be held up, as by a cable that was pulled: no end of any connection is told. */
export async function cable(url: string): Promise<Cable> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isPulled = false;
  const proxy = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {}).on('close', () => sockets.delete(one));
      one.on('data', (bytes) => other.write(bytes)).on('end', () => other.end());
      if (isPulled) one.pause();
    }
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const through = new URL(url);
  through.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    url: through.href,
    cut: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
    pull: () => {
      isPulled = true;
      for (const socket of sockets) socket.pause();
    },
    plugIn: () => {
      isPulled = false;
      for (const socket of sockets) socket.resume();
    },
  };
}
