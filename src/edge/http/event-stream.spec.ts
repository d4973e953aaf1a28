import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage, type Server, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStream } from './event-stream.js';

let server: Server;
let gone: AbortController;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A stream over its own connection, and the client's response. */
async function open(heartbeatMs?: number): Promise<{ stream: EventStream; answer: IncomingMessage }> {
  gone = new AbortController();
  let made: (stream: EventStream) => void;
  const stream = new Promise<EventStream>((resolve) => (made = resolve));
  server = createServer((_request, response) => {
    response.once('close', () => gone.abort());
    made(new EventStream(response, gone.signal, heartbeatMs));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [answer] = (await once(get({ port: (server.address() as AddressInfo).port }), 'response')) as [IncomingMessage];
  return { stream: await stream, answer };
}

describe('a stream of events', () => {
  it('has the format that browsers read, and ends', async () => {
    const { stream, answer } = await open();
    await stream.send('progress', 'a-1', { text: 'one\ntwo' });
    stream.end();

    expect(answer.headers).toMatchObject({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    expect(Buffer.concat((await answer.toArray()) as Buffer[]).toString()).toBe(
      'retry: 2000\n\nid: a-1\nevent: progress\ndata: {"text":"one\\ntwo"}\n\n',
    );
  });

  it('sends heartbeats while there are no events', async () => {
    const { stream, answer } = await open(5);
    let got = '';
    for await (const piece of answer as AsyncIterable<Buffer>) {
      got += piece.toString();
      if (got.split(': heartbeat\n\n').length > 3) break;
    }
    stream.end();
    expect(got).toMatch(/^retry: 2000\n\n(: heartbeat\n\n){3,}$/);
  });

  it('waits for a client that reads nothing, until it disconnects', async () => {
    const { stream, answer } = await open(1);
    const data = { text: 'x'.repeat(100_000) };
    let sent = 0;
    const sending = (async () => {
      while (!gone.signal.aborted) {
        await stream.send('progress', String(sent), data);
        sent++;
      }
    })();
    let before = -1;
    while (before !== sent) {
      before = sent;
      await sleep(100);
    }
    answer.destroy();
    await sending;
    stream.end();
    // the connection itself buffers several megabytes
    expect(before).toBeLessThan(200);
  });
});
