import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ServiceError } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { StoreStatus } from '../../src/generated/storewatch/v1/common.js';
import type { IngestPollsResponse, Poll } from '../../src/generated/storewatch/v1/ingestion_service.js';
import { at } from './grpc.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch({ GRPC_MAX_CONNECTION_AGE: '1s' });
});
afterAll(() => server?.close());

const poll = (minute: number): Poll => ({
  storeId: 'long',
  status: StoreStatus.STORE_STATUS_ACTIVE,
  polledAt: at(new Date(Date.UTC(2026, 9, 5) + minute * 60_000).toISOString()),
});

it('a stream that outlives the maximum age of its connection is closed, and its client resumes where it stopped', async () => {
  let acknowledged = 0;
  const breaks: status[] = [];
  while (breaks.length < 2) {
    const call = server.grpc.openIngestPolls();
    const responses = call[Symbol.asyncIterator]() as AsyncIterator<IngestPollsResponse, undefined>;
    try {
      for (;;) {
        call.write({ polls: [poll(acknowledged)] });
        await responses.next();
        acknowledged++;
      }
    } catch (error) {
      breaks.push((error as ServiceError).code);
    }
  }

  expect(breaks).toEqual([status.UNAVAILABLE, status.UNAVAILABLE]);
  // The batch in flight at the last break may have been written too.
  const { rows } = await server.pool.query('select count(*)::int as polls from poll');
  expect([acknowledged, acknowledged + 1]).toContain(rows[0].polls);
  expect(acknowledged).toBeGreaterThan(0);
});
