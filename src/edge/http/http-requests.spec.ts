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

/** A connection to a server that cuts connections after 50 ms of silence and handles requests with `answer`. */
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

/** Resolves at `close`. `once` would reject at the error that a cut connection may emit first. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

const HEAD = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n';

describe('a silent client', () => {
  it('is cut if it does not send the rest of its body', async () => {
    const socket = await connected((request, response) => {
      request.resume().once('end', () => response.end('all'));
    });

    socket.write(`${HEAD}12345`);

    const received = await socket.toArray().catch((error: NodeJS.ErrnoException) => error.code);
    expect([[], 'ECONNRESET']).toContainEqual(received);
  });

  it('is cut if it does not read its response', async () => {
    const ended = new Promise<boolean>((resolve) => {
      void connected((request, response) => {
        request.resume();
        response.once('close', () => resolve(response.writableFinished));
        response.write(Buffer.alloc(64 * 1024 * 1024));
      }).then((socket) => socket.pause().write(`${HEAD}1234567890`));
    });

    expect(await ended).toBe(false);
  });

  it('stays connected while it waits for a slow response', async () => {
    const socket = await connected((request, response) => {
      request.resume().once('end', () => setTimeout(() => response.end('done'), 6 * SILENCE_MS));
    });

    socket.write(`${HEAD}1234567890`);

    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200[^]*done/);
    socket.destroy();
  });

  it('stays connected while the server is too busy to read its body', async () => {
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

describe('the rest of a rejected body', () => {
  it('is discarded for a while so that the client sees the response, then the connection is cut', async () => {
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

  it.each(['keep-alive', 'close'])('receives the earlier rejection: Connection: %s', async (connection) => {
    const refused = Promise.withResolvers<void>();
    const socket = await connected((_request, response) => {
      response.statusCode = 413;
      // by then Node.js has finished what it does at the end of a response
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

  it('is not read any further once it has sent too much', async () => {
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

describe('a rejected body that still arrives completely', () => {
  it('leaves its connection to the next request', async () => {
    const linger = { ms: 1_000, bytes: 1024 };
    let requests = 0;
    const socket = await connected(
      (request, response) => {
        if (++requests === 1) response.end('no');
        // after the time at which the connection would be cut if the first body were incomplete
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

describe('a batch that never ends', () => {
  it('loses its slot, even if single bytes keep arriving', async () => {
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
