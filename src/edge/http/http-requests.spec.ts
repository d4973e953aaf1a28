import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import { admit, cutSilent } from './http-requests.js';

const SILENCE_MS = 50;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A connection to a server that cuts those that are silent for 50 ms; its answer is `answer`'s. */
async function connected(
  answer: (request: Request, response: Response) => void,
  cut = cutSilent(SILENCE_MS, { ms: SILENCE_MS, bytes: 1024 }),
): Promise<Socket> {
  server = createServer((request, response) => {
    const next: NextFunction = () => answer(request as Request, response as unknown as Response);
    cut(request as Request, response as unknown as Response, next);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** However it came: `once` would throw what a connection that is cut may say first. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

const HEAD = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n';

describe('a client that is silent', () => {
  it('is cut when it owes the rest of its body', async () => {
    const socket = await connected((request, response) => {
      request.resume().once('end', () => response.end('all'));
    });

    socket.write(`${HEAD}12345`);

    const received = await socket.toArray().catch((error: NodeJS.ErrnoException) => error.code);
    expect([[], 'ECONNRESET']).toContainEqual(received);
  });

  it('is cut when it does not take its answer', async () => {
    const ended = new Promise<boolean>((resolve) => {
      void connected((request, response) => {
        request.resume();
        response.once('close', () => resolve(response.writableFinished));
        response.write(Buffer.alloc(64 * 1024 * 1024));
      }).then((socket) => socket.pause().write(`${HEAD}1234567890`));
    });

    expect(await ended).toBe(false);
  });

  it('is left alone while it waits for an answer that takes its time', async () => {
    const socket = await connected((request, response) => {
      request.resume().once('end', () => setTimeout(() => response.end('done'), 6 * SILENCE_MS));
    });

    socket.write(`${HEAD}1234567890`);

    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200[^]*done/);
    socket.destroy();
  });

  it('is left alone while we are too busy to read what it has sent', async () => {
    const socket = await connected((request, response) => {
      setTimeout(() => request.resume().once('end', () => response.end('done')), 6 * SILENCE_MS);
    });

    socket.write(`${HEAD}12345`);
    setTimeout(() => socket.write('67890'), 6 * SILENCE_MS + 10);

    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/done/);
    socket.destroy();
  });
});

describe('a body that was refused', () => {
  it('is thrown away for a while, so that the answer is seen, and then cut', async () => {
    const socket = await connected((_request, response) => {
      response.statusCode = 413;
      response.end('no');
    });

    socket.write(`${HEAD}12345`);

    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413/);
    await closed(socket);
  });
});

describe('a client that reads nothing before it has sent everything', () => {
  const BYTES = 30 * 1024 * 1024;
  const head = (connection: string): string =>
    `POST / HTTP/1.1\r\nHost: h\r\nConnection: ${connection}\r\nContent-Length: ${BYTES}\r\n\r\n`;

  it.each(['keep-alive', 'close'])('sees why it was refused before: Connection: %s', async (connection) => {
    const refused = Promise.withResolvers<void>();
    const socket = await connected((_request, response) => {
      response.statusCode = 413;
      // what Node.js does at the end of an answer is done by then
      response.end('no', () => setImmediate(refused.resolve));
    }, cutSilent());

    socket.pause().write(head(connection));
    await refused.promise;
    await new Promise((resolve) => socket.write(Buffer.alloc(BYTES), resolve));

    const ended = connection === 'close' && once(socket, 'end');
    const [answer] = (await once(socket.resume(), 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413[^]*no$/);
    await ended;
    socket.destroy();
  });

  it('is no longer read when it has sent too much', async () => {
    const refused = Promise.withResolvers<Request>();
    const cut = cutSilent(undefined, { ms: 60_000, bytes: 1024 });
    const socket = await connected((request, response) => response.end('no', () => refused.resolve(request)), cut);

    socket.write(head('keep-alive'));
    const request = await refused.promise;
    socket.write(Buffer.alloc(BYTES));

    while (!request.isPaused()) await new Promise(setImmediate);
    expect(request.socket.bytesRead).toBeLessThan(BYTES / 2);
    socket.destroy();
  });
});

describe('a body that was refused and came to its end after all', () => {
  it('leaves its connection to the next request', async () => {
    const linger = { ms: 1_000, bytes: 1024 };
    let requests = 0;
    const socket = await connected(
      (request, response) => {
        if (++requests === 1) response.end('no');
        // when it would be cut if the first one had not come to its end
        else setTimeout(() => request.resume().once('end', () => response.end('done')), linger.ms);
      },
      cutSilent(undefined, linger),
    );

    socket.write(`${HEAD}12345`);
    await once(socket, 'data');
    socket.write(`67890${HEAD}1234567890`);

    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/done/);
    socket.destroy();
  });
});

describe('a batch that does not come to its end', () => {
  it('gives its place back, however often a byte of it comes', async () => {
    const limits = { maxBatchesAtOnce: 1, maxImportsAtOnce: 1, maxUploadBytes: 1_000 };
    const admitted = admit(limits, SILENCE_MS);
    server = createServer((request, response) => {
      const middleware = Object.assign(request, { path: '/v1/polls' });
      admitted(middleware as never, response as never, () => request.resume().once('end', () => response.end('done')));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const slow = connect(port, '127.0.0.1').on('error', () => {});
    slow.write('POST /v1/polls HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{');
    const dribble = setInterval(() => slow.write(' '), SILENCE_MS / 10);
    await closed(slow);
    clearInterval(dribble);

    const response = await fetch(`http://127.0.0.1:${port}/v1/polls`, { method: 'POST', body: '{}' });

    expect(await response.text()).toBe('done');
  });
});
