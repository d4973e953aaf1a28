import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** A proxy that hands on what is below a path, without that path, as ops/nginx/sub-path.conf does. */
export interface SubPathProxy {
  /** Where clients find it, with a slash at the end. */
  readonly url: string;
  /** Of the server behind it, `http://host:port`. */
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
