import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { turnsDuring } from '../../../test/setup/turns.js';
import { readBody } from './body-bytes.js';

const MB = 1024 * 1024;

/** Sends a request to a server that only reads its body, and returns the body or its error. Then it closes the connection. */
async function read(
  headers: Record<string, string>,
  send: (sent: ReturnType<typeof request>) => void,
): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sent = request({ port: (server.address() as AddressInfo).port, method: 'POST', headers });
  sent.on('error', () => {});
  try {
    const came = once(server, 'request') as Promise<[IncomingMessage]>;
    send(sent);
    return await readBody((await came)[0], 3 * MB);
  } finally {
    sent.destroy();
    server.close();
  }
}

const rejection = (code: string, message: string): object => expect.objectContaining({ code, message });

describe('a body', () => {
  const body = Buffer.alloc(2.5 * MB, 'storewatch ');

  it.each<[string, Record<string, string>, Buffer]>([
    ['identity', {}, body],
    ['gzip', { 'Content-Encoding': 'gzip' }, gzipSync(body)],
    ['GZIP', { 'Content-Encoding': 'GZIP' }, gzipSync(body)],
    ['deflate', { 'Content-Encoding': 'deflate' }, deflateSync(body)],
    ['br', { 'Content-Encoding': 'br' }, brotliCompressSync(body)],
    ['zstd', { 'Content-Encoding': 'zstd' }, zstdCompressSync(body)],
  ])('is read: %s', async (_, headers, bytes) => {
    const whole = await read(headers, (sent) => sent.end(bytes));
    expect(whole.equals(body)).toBe(true);
  });

  it.each<[string, Buffer]>([
    ['gzip', Buffer.from('{}')],
    ['deflate', Buffer.from('{}')],
    ['br', Buffer.from('{}')],
    ['zstd', Buffer.from('{}')],
    ['gzip', gzipSync(body).subarray(0, 100)],
  ])('is rejected if it is not valid %s', async (encoding, bytes) => {
    await expect(read({ 'Content-Encoding': encoding }, (sent) => sent.end(bytes))).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(`^The body is not ${encoding}: .+\\.$`),
    });
  });

  it.each(['compress', 'constructor', 'gzip, gzip'])('is rejected with Content-Encoding %s', async (encoding) => {
    await expect(read({ 'Content-Encoding': encoding }, (sent) => sent.end('{}'))).rejects.toEqual(
      rejection('unsupported', `Content-Encoding must be gzip, deflate, br, zstd or absent, got "${encoding}".`),
    );
  });

  const tooLarge = rejection('too_large', `The body has more than ${3 * MB} bytes (MAX_BODY_BYTES).`);

  it('is rejected by its Content-Length before it arrives', async () => {
    const headers = { 'Content-Length': String(3 * MB + 1) };
    await expect(read(headers, (sent) => sent.flushHeaders())).rejects.toEqual(tooLarge);
  });

  it('is rejected as soon as it is too large, while the client still sends', async () => {
    await expect(read({}, (sent) => sent.write(Buffer.alloc(3 * MB + 1)))).rejects.toEqual(tooLarge);
    const packed = gzipSync(Buffer.alloc(4 * MB));
    await expect(read({ 'Content-Encoding': 'gzip' }, (sent) => sent.write(packed))).rejects.toEqual(tooLarge);
  });

  it.each(['identity', 'gzip'])('that breaks off needs no response: %s', async (encoding) => {
    const reading = read({ 'Content-Encoding': encoding, 'Content-Length': '100' }, (sent) => {
      sent.once('socket', (socket) =>
        socket.once('connect', () => sent.write(gzipSync(body).subarray(0, 50), () => socket.end())),
      );
    });
    await expect(reading).rejects.toEqual(rejection('cancelled', 'The client disconnected.'));
  });

  it('is joined in steps of 1 MB that yield to other work', async () => {
    const pieces = Array.from({ length: 200 }, (_, i) => Buffer.alloc(MB / 10, i));
    // All pieces are already there, so only the joining can yield.
    const sent = Object.assign(Readable.from(pieces), { headers: {} }) as unknown as IncomingMessage;

    const { result, turns } = await turnsDuring(() => readBody(sent, 20 * MB));

    expect(result.equals(Buffer.concat(pieces))).toBe(true);
    expect(turns).toBeGreaterThanOrEqual(18);
  });
});
