import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { turnsDuring } from '../../../test/setup/turns.js';
import { readBody } from './body-bytes.js';

const MB = 1024 * 1024;

/** What reading the request to a server that reads nothing else comes to; the client is answered with it, and then gone. */
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

const refusal = (code: string, message: string): object => expect.objectContaining({ code, message });

describe('the bytes of a body', () => {
  const body = Buffer.alloc(2.5 * MB, 'storewatch ');

  it.each<[string, Record<string, string>, Buffer]>([
    ['they are', {}, body],
    ['gzip', { 'Content-Encoding': 'gzip' }, gzipSync(body)],
    ['GZIP', { 'Content-Encoding': 'GZIP' }, gzipSync(body)],
    ['deflate', { 'Content-Encoding': 'deflate' }, deflateSync(body)],
    ['br', { 'Content-Encoding': 'br' }, brotliCompressSync(body)],
    ['zstd', { 'Content-Encoding': 'zstd' }, zstdCompressSync(body)],
  ])('are read as %s', async (_, headers, bytes) => {
    const whole = await read(headers, (sent) => sent.end(bytes));
    expect(whole.equals(body)).toBe(true);
  });

  it.each<[string, Buffer]>([
    ['gzip', Buffer.from('{}')],
    ['deflate', Buffer.from('{}')],
    ['br', Buffer.from('{}')],
    ['zstd', Buffer.from('{}')],
    ['gzip', gzipSync(body).subarray(0, 100)],
  ])('are refused when they are not %s', async (encoding, bytes) => {
    await expect(read({ 'Content-Encoding': encoding }, (sent) => sent.end(bytes))).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(`^The body is not ${encoding}: .+\\.$`),
    });
  });

  it.each(['compress', 'constructor', 'gzip, gzip'])('are refused as %s', async (encoding) => {
    await expect(read({ 'Content-Encoding': encoding }, (sent) => sent.end('{}'))).rejects.toEqual(
      refusal('unsupported', `Content-Encoding "${encoding}" is not read here; send gzip, deflate, br, zstd or none.`),
    );
  });

  const tooLarge = refusal('too_large', `The body holds more than the ${3 * MB} bytes of MAX_BODY_BYTES.`);

  it('are refused by the length that is announced, before any of them comes', async () => {
    const headers = { 'Content-Length': String(3 * MB + 1) };
    await expect(read(headers, (sent) => sent.flushHeaders())).rejects.toEqual(tooLarge);
  });

  it('are refused as soon as they are too many, though the client would send on', async () => {
    await expect(read({}, (sent) => sent.write(Buffer.alloc(3 * MB + 1)))).rejects.toEqual(tooLarge);
    const packed = gzipSync(Buffer.alloc(4 * MB));
    await expect(read({ 'Content-Encoding': 'gzip' }, (sent) => sent.write(packed))).rejects.toEqual(tooLarge);
  });

  it.each(['identity', 'gzip'])('that break off are nothing to answer: %s', async (encoding) => {
    const reading = read({ 'Content-Encoding': encoding, 'Content-Length': '100' }, (sent) => {
      sent.once('socket', (socket) =>
        socket.once('connect', () => sent.write(gzipSync(body).subarray(0, 50), () => socket.end())),
      );
    });
    await expect(reading).rejects.toEqual(refusal('cancelled', 'The client has gone.'));
  });

  it('are joined in steps of 1 MB, between which others have their turn', async () => {
    const pieces = Array.from({ length: 200 }, (_, i) => Buffer.alloc(MB / 10, i));
    // all of them are there: nothing else lets anybody have a turn
    const sent = Object.assign(Readable.from(pieces), { headers: {} }) as unknown as IncomingMessage;

    const { result, turns } = await turnsDuring(() => readBody(sent, 20 * MB));

    expect(result.equals(Buffer.concat(pieces))).toBe(true);
    expect(turns).toBeGreaterThanOrEqual(18);
  });
});
