import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import { detailsOf } from './error-details.js';
import { failure } from './grpc.js';
import { NOBODY } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

describe('gRPC error details (google.rpc.Status in the trailer)', () => {
  let server: Storewatch;

  beforeEach(async () => {
    server = await startStorewatch({ MAX_STREAMS: '1', MAX_POLLS_PER_BATCH: '1' });
  });
  afterEach(() => server?.close());

  it('name the invalid field', async () => {
    const error = await failure(server.grpc.setTimezone({ storeId: 'a', timezone: 'Mars/Olympus' }));

    expect(detailsOf(error)).toEqual({
      code: status.INVALID_ARGUMENT,
      message: error.details,
      reason: 'INVALID_ARGUMENT',
      domain: 'storewatch',
      violations: [{ field: 'timezone', description: error.details }],
    });
  });

  it('name no field when no field is invalid', async () => {
    const error = await failure(server.grpc.getReport({ reportId: NOBODY }));

    expect(detailsOf(error)).toEqual({
      code: status.NOT_FOUND,
      message: `There is no report ${NOBODY}.`,
      reason: 'NOT_FOUND',
      domain: 'storewatch',
    });
  });

  it('are sent with errors of server streams', async () => {
    const error = await failure(server.grpc.downloadReport({ reportId: '42' }));

    expect(detailsOf(error)).toMatchObject({ reason: 'INVALID_ARGUMENT', violations: [{ field: 'report_id' }] });
  });

  it('are sent with errors of bidirectional streams', async () => {
    const poll = { storeId: 'a' };

    const error = await failure(server.grpc.ingestPolls([[poll, poll]]));

    expect(detailsOf(error)).toMatchObject({ code: error.code, message: error.details, reason: 'TOO_LARGE' });
  });

  it('say when to retry when a limit is reached', async () => {
    const first = server.grpc.openIngestPolls();
    first.write({ polls: [] });
    await once(first, 'data');

    const error = await failure(server.grpc.ingestPolls([]));

    expect(detailsOf(error)).toEqual({
      code: status.RESOURCE_EXHAUSTED,
      message: error.details,
      reason: 'RESOURCE_EXHAUSTED',
      domain: 'storewatch',
      retrySeconds: 5,
    });
    first.end();
    await once(first, 'end');
  });
});

it('are sent when the API key is missing', async () => {
  const server = await startStorewatch({ API_KEYS: 'on' });

  const errors = [
    await failure(server.grpc.listTimezones()),
    await failure(server.grpc.downloadReport({ reportId: NOBODY })),
    await failure(server.grpc.ingestPolls([])),
  ];

  await server.close();
  for (const error of errors) {
    expect(detailsOf(error)).toEqual({
      code: status.UNAUTHENTICATED,
      message: error.details,
      reason: 'UNAUTHENTICATED',
      domain: 'storewatch',
    });
  }
});
