import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type ServiceError, status } from '@grpc/grpc-js';
import { StoreStatus } from '../../src/generated/storewatch/v1/common.js';
import type { IngestPollsResponse, Poll } from '../../src/generated/storewatch/v1/ingestion_service.js';
import { at, failed, failure } from './grpc.js';
import { type GrpcClient, type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

afterEach(() => server?.close());

/** A poll in the n-th minute of a store. */
const poll = (storeId: string, minute: number): Poll => ({
  storeId,
  status: StoreStatus.STORE_STATUS_ACTIVE,
  polledAt: at(new Date(Date.UTC(2026, 9, 5) + minute * 60_000).toISOString()),
});

const pollsOf = async (storeId: string): Promise<number> => {
  const { rows } = await server.pool.query(
    'select count(*)::int as polls from poll join store on store.id = store_id where external_id = $1',
    [storeId],
  );
  return rows[0].polls;
};

/** A stream that sends each batch when the one before is acknowledged. */
function openStream(client: GrpcClient) {
  const call = client.openIngestPolls();
  const responses = call[Symbol.asyncIterator]() as AsyncIterator<IngestPollsResponse, undefined>;
  return {
    async send(polls: readonly Partial<Poll>[]): Promise<IngestPollsResponse | undefined> {
      call.write({ polls });
      return (await responses.next()).value;
    },
    async end(): Promise<void> {
      call.end();
      expect((await responses.next()).done).toBe(true);
    },
  };
}

describe('a stream of polls', () => {
  it('acknowledges a batch once its polls are visible to all', async () => {
    server = await startStorewatch();
    const stream = openStream(server.grpc);

    for (let batch = 1; batch <= 20; batch++) {
      const polls = Array.from({ length: 50 }, (_, i) => poll('seen', batch * 50 + i));
      expect(await stream.send(polls)).toMatchObject({ batch, read: 50, accepted: 50 });
      expect(await pollsOf('seen')).toBe(batch * 50);
    }
    await stream.end();
  });

  it('pauses reading while its client does not read the acknowledgements', async () => {
    server = await startStorewatch();
    const batches = 150;
    // Long responses fill what the connection buffers (64 KB) and what the client reads ahead (16 messages).
    const wrong = Array.from({ length: 1_000 }, () => ({ storeId: 'x'.repeat(300) }));
    const slow = server.connect().openIngestPolls();
    slow.on('error', () => {});
    slow.read(0); // grpc-js buffers everything until the first message is requested.
    for (let i = 0; i < batches; i++) slow.write({ polls: [poll('slow', i), ...wrong] });

    // A client that reads gets the same turns, so it shows how far the other could have come.
    const quick = openStream(server.grpc);
    for (let i = 0; i < batches; i++) await quick.send([poll('quick', i), ...wrong]);
    await quick.end();

    expect(await pollsOf('slow')).toBeLessThan(30);
    slow.end();
    const answers = (await slow.toArray()) as IngestPollsResponse[];
    expect(answers.map(({ batch }) => batch)).toEqual(Array.from({ length: batches }, (_, i) => i + 1));
    expect(await pollsOf('slow')).toBe(batches);
  });

  it('is not read far ahead of the batch being written', async () => {
    server = await startStorewatch();
    const holder = await server.pool.connect();
    await holder.query('begin; lock table store in share mode');
    const ahead = server.connect().openIngestPolls();
    let read = 0;
    // Each batch is larger than the buffer of a connection.
    const long = Array.from({ length: 1_000 }, (_, i) => poll('y'.repeat(200), i));
    for (let i = 0; i < 50; i++) ahead.write({ polls: long }, () => read++);

    for (let i = 0; i < 100; i++) await server.grpc.listTimezones();

    expect(read).toBeLessThan(6);
    await holder.query('commit');
    holder.release();
    ahead.end();
    expect(await ahead.toArray()).toHaveLength(50);
  });

  it('is rejected beyond MAX_STREAMS, and the open ones are served', async () => {
    server = await startStorewatch({ MAX_STREAMS: '50' });
    const streams = Array.from({ length: 500 }, () => server.grpc.openIngestPolls());
    const ends = streams.map(async (stream, i) => {
      stream.write({ polls: [poll(`s${i}`, 0)] });
      return Promise.race([once(stream, 'data'), once(stream, 'error')]).then(
        ([response]) => response as IngestPollsResponse | ServiceError,
        (error: ServiceError) => error,
      );
    });

    const answers = await Promise.all(ends);

    const refused = answers.filter((answer) => answer instanceof Error);
    expect(refused).toHaveLength(450);
    for (const error of refused) {
      expect(error).toEqual(
        failed(status.RESOURCE_EXHAUSTED, /^Too many concurrent streams: the limit is 50 \(MAX_STREAMS\)/),
      );
      expect(error.metadata.get('retry-after')).toEqual(['5']);
    }
    expect(answers.filter((answer) => 'batch' in answer && answer.accepted === 1)).toHaveLength(50);
    expect((await server.grpc.listTimezones()).timezones.length).toBeGreaterThan(0);

    // Streams that end make room.
    for (const stream of streams) stream.end();
    await Promise.all(streams.filter((_, i) => 'batch' in answers[i]).map((stream) => once(stream, 'end')));
    expect(await server.grpc.ingestPolls([[poll('later', 0)]])).toMatchObject([{ batch: 1, accepted: 1 }]);
  });

  it('waits when MAX_BATCHES_AT_ONCE batches are being written', async () => {
    server = await startStorewatch({ MAX_BATCHES_AT_ONCE: '1', DATABASE_POOL_SIZE: '5' });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => server.grpc.ingestPolls([[poll(`w${i}`, 0)], [poll(`w${i}`, 1)]])),
    );
    expect(answers.flat().map(({ accepted }) => accepted)).toEqual(Array.from({ length: 80 }, () => 1));
  });

  it('rejects a message that is too large', async () => {
    server = await startStorewatch({ MAX_GRPC_MESSAGE_BYTES: '2000', MAX_POLLS_PER_BATCH: '10' });
    const stream = openStream(server.grpc);
    expect(await stream.send([poll('m', 0)])).toMatchObject({ batch: 1, accepted: 1 });

    expect(await failure(stream.send([poll('m'.repeat(2_000), 0)]))).toEqual(
      failed(status.RESOURCE_EXHAUSTED, /larger than max \(\d+ vs\.? 2000\)/),
    );
  });
});
