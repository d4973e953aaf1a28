import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { Pool } from 'pg';
import { ClosingClient } from './closing-client.js';

/** AuthenticationCleartextPassword, https://www.postgresql.org/docs/current/protocol-message-formats.html */
const WANTS_PASSWORD = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
/** AuthenticationOk, ReadyForQuery, and an ErrorResponse: FATAL 57P01. */
const ENDS_AT_ONCE = Buffer.concat([
  Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]),
  Buffer.from([0x5a, 0, 0, 0, 5, 0x49]),
  Buffer.from('E\0\0\0\x18SFATAL\0C57P01\0Mend\0\0', 'latin1'),
]);

let server: Server;
afterEach(() => void server.close());

describe('a connection whose login failed', () => {
  it('is closed, and the error is passed on', async () => {
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

it('a session that PostgreSQL ends right after login fails its query and does not crash the process', async () => {
  server = createServer((socket) => {
    socket.once('data', () => socket.end(ENDS_AT_ONCE));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pool = new Pool({ host: '127.0.0.1', port, user: 'u', Client: ClosingClient });
  await expect(pool.query('select 1')).rejects.toThrow(/not queryable|Connection terminated/);
  await pool.end();
});
