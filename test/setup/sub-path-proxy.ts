import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** A proxy that serves a server below a path and strips that path, like ops/nginx/sub-path.conf. */
export interface SubPathProxy {
  /** The URL for clients, with a trailing slash. */
  readonly url: string;
  /** The server behind the proxy, `http://host:port`. */
  target: string;
  close(): void;
}

/** @param path `/storewatch/` */
export async function startSubPathProxy(path: string): Promise<SubPathProxy> {
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method, headers, url = '' } = incoming;
    if (`${url}/` === path) return void outgoing.writeHead(301, { Location: path }).end();
    if (!url.startsWith(path)) return void outgoing.writeHead(404).end('another application');
    const passed = request(`${proxy.target}${url.slice(path.length - 1)}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      outgoing.flushHeaders();
      pipeline(answer, outgoing, () => {});
    });
    passed.on('error', () => outgoing.destroy());
    outgoing.once('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: SubPathProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    target: '',
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}
