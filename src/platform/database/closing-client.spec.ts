import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { Pool } from 'pg';
import { ClosingClient } from './closing-client.js';

/** AuthenticationCleartextPassword, https://www.postgresql.org/docs/current/protocol-message-formats.html */
const WANTS_PASSWORD = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);

let server: Server;
afterEach(() => void server.close());

describe('a connection on which nobody could log in', () => {
  it('is closed, and the reason is told', async () => {
    server = createServer((socket) => {
      socket.once('data', () => socket.write(WANTS_PASSWORD));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const password = (): never => {
      throw new Error('there is none');
    };
    const config = { host: '127.0.0.1', port: (server.address() as AddressInfo).port, user: 'u', password };
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const pool = new Pool({ ...config, Client: ClosingClient });

    await expect(pool.connect()).rejects.toThrow('there is none');
    const [socket] = await accepted;
    await once(socket, 'close');
    await pool.end();
  });
});
