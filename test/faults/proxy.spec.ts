import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { Proxy } from './proxy.js';

describe('the proxy with network faults', () => {
  let echo: Server;
  let proxy: Proxy;
  const clients: Socket[] = [];

  beforeEach(async () => {
    echo = createServer((socket) => socket.on('error', () => {}).pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await Proxy.to((echo.address() as AddressInfo).port);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.close();
    echo.close();
  });

  const open = async (): Promise<Socket> => {
    const client = connect(proxy.port, '127.0.0.1');
    clients.push(client);
    await once(client, 'connect');
    return client;
  };

  const echoed = async (client: Socket, text: string): Promise<string> => {
    client.write(text);
    let answer = '';
    while (answer.length < text.length) {
      const [chunk] = (await once(client, 'data')) as [Buffer];
      answer += chunk.toString();
    }
    return answer;
  };

  const msOf = async (work: () => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };

  const endOf = (client: Socket): Promise<string> =>
    new Promise((resolve) => {
      client.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
      client.once('end', () => resolve('end'));
    });

  it('forwards bytes both ways, and the end of a connection', async () => {
    const client = await open();
    expect(await echoed(client, 'hello')).toBe('hello');
    const ended = endOf(client);
    client.end();
    expect(await ended).toBe('end');
  });

  it('delays every chunk in each direction', async () => {
    const client = await open();
    proxy.set({ latencyMs: 50 });
    expect(await msOf(() => echoed(client, 'hello'))).toBeGreaterThanOrEqual(99);
  });

  it('limits the bytes per second', async () => {
    const client = await open();
    proxy.set({ bytesPerSecond: 10_000 });
    expect(await msOf(() => echoed(client, 'x'.repeat(1_000)))).toBeGreaterThanOrEqual(199);
  });

  it('resets existing connections and accepts new ones', async () => {
    const client = await open();
    await echoed(client, 'hello');
    const ended = endOf(client);
    proxy.resetAll();
    expect(await ended).toBe('ECONNRESET');
    expect(await echoed(await open(), 'again')).toBe('again');
  });

  it('keeps half-open connections silently open and serves new ones', async () => {
    const silent = await open();
    await echoed(silent, 'hello');
    let heard = false;
    for (const event of ['data', 'end', 'error', 'close']) silent.on(event, () => (heard = true));
    proxy.halfOpenAll();
    silent.write('anybody?');
    expect(await echoed(await open(), 'after')).toBe('after');
    expect(heard).toBe(false);
  });

  it('rejects new connections', async () => {
    proxy.set({ refuses: true });
    const client = connect(proxy.port, '127.0.0.1');
    clients.push(client);
    expect(await endOf(client)).toBe('ECONNRESET');
    proxy.set({});
    expect(await echoed(await open(), 'now')).toBe('now');
  });

  it('resets a connection if its target is gone', async () => {
    echo.close();
    await once(echo, 'close');
    const client = connect(proxy.port, '127.0.0.1');
    clients.push(client);
    expect(await endOf(client)).toBe('ECONNRESET');
  });
});
