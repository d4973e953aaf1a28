import { Controller, Logger } from '@nestjs/common';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { GrpcStreamCall } from '@nestjs/microservices';
import { RequireScope } from '../../edge/access/require-scope.js';
import { Settings } from '../../platform/config/settings.js';
import { currentRequest } from '../../platform/database/request-scope.js';
import { StoreStatus } from '../../generated/storewatch/v1/common.js';
import type { IngestPollsRequest, IngestPollsResponse, Poll } from '../../generated/storewatch/v1/ingestion_service.js';
import { ConcurrencyLimit } from '../../edge/limits/concurrency-limit.js';
import { grpcError } from '../../edge/grpc/grpc-error.filter.js';
import { fromProtoTimestamp } from '../../edge/grpc/proto-timestamp.js';
import { type IngestResult, type PollInput, PollsService } from '../polls/polls.service.js';

const MAX_REJECTS_NAMED = 1_000;

type IngestPollsCall = ServerDuplexStream<IngestPollsRequest, IngestPollsResponse>;

@Controller()
export class IngestionGrpcController {
  private readonly logger = new Logger('gRPC');
  private readonly batches: ConcurrencyLimit;

  constructor(
    private readonly polls: PollsService,
    { maxBatchesAtOnce }: Settings,
  ) {
    this.batches = new ConcurrencyLimit(maxBatchesAtOnce, 'batches', 'MAX_BATCHES_AT_ONCE');
  }

  /**
   * Handles the raw call instead of an Observable: the next batch is read only after the client has received this one's
   * response.
   */
  @GrpcStreamCall('IngestionService', 'IngestPolls')
  @RequireScope('ingest')
  async ingestPolls(call: IngestPollsCall): Promise<void> {
    let batch = 0;
    try {
      // By default the iterator would destroy the call when the requests end, before the last response is sent.
      for await (const { polls } of call.iterator({ destroyOnReturn: false }) as AsyncIterable<IngestPollsRequest>) {
        await written(call, toResponse(++batch, await this.ingest(polls)));
      }
      call.end();
    } catch (error) {
      if (!call.cancelled) call.emit('error', grpcError(error, this.logger));
    }
  }

  private async ingest(polls: readonly Poll[]): Promise<IngestResult> {
    const release = await this.batches.acquire(currentRequest()?.abort.signal);
    try {
      return await this.polls.ingest(polls.map(fromMessage), 'grpc');
    } finally {
      release();
    }
  }
}

/** Resolves when the response is sent, which waits for a slow client, or when the call is cancelled. */
async function written(call: IngestPollsCall, response: IngestPollsResponse): Promise<void> {
  if (call.cancelled) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      call.off('cancelled', done);
      resolve();
    };
    call.once('cancelled', done);
    call.write(response, done);
  });
}

const toResponse = (batch: number, { accepted, duplicate, rejected }: IngestResult): IngestPollsResponse => ({
  batch,
  read: accepted + duplicate + rejected.length,
  accepted,
  duplicate,
  rejected: rejected.length,
  rejects: rejected.slice(0, MAX_REJECTS_NAMED).map(({ index, field, reason }) => ({
    index,
    field: field === 'timestamp_utc' ? 'polled_at' : field,
    reason,
  })),
});

function fromMessage({ storeId, status, polledAt }: Poll): PollInput {
  if (status !== StoreStatus.STORE_STATUS_ACTIVE && status !== StoreStatus.STORE_STATUS_INACTIVE) {
    return { field: 'status', reason: `${status} is neither STORE_STATUS_ACTIVE nor STORE_STATUS_INACTIVE` };
  }
  const polledAtMs = polledAt ? fromProtoTimestamp(polledAt) : undefined; // absent is null here
  if (polledAtMs === undefined)
    return { field: 'polled_at', reason: polledAt ? 'is beyond all calendars' : 'is missing' };
  return { storeId, active: status === StoreStatus.STORE_STATUS_ACTIVE, polledAtMs };
}
