import { Controller, Logger } from '@nestjs/common';
import type { ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import { GrpcStreamCall } from '@nestjs/microservices';
import { Needs } from '../access/scope.js';
import { StoreStatus } from '../generated/storewatch/v1/common.js';
import type {
  IngestPollsRequest,
  IngestPollsResponse,
  Poll,
  RejectedPoll as RejectedPollMessage,
} from '../generated/storewatch/v1/ingestion_service.js';
import { grpcError } from '../transport/grpc-error.filter.js';
import { fromProtoTimestamp } from '../transport/proto-timestamp.js';
import { type PollInput, PollsService, type RejectedPoll } from './polls.service.js';

const MAX_REJECTS_NAMED = 1_000;

@Controller()
export class IngestionGrpcController {
  private readonly logger = new Logger('gRPC');

  constructor(private readonly polls: PollsService) {}

  /** A call of its own rather than an Observable: so the next batch is read only when the one before is durable. */
  @GrpcStreamCall('IngestionService', 'IngestPolls')
  @Needs('ingest')
  async ingestPolls(
    call: ServerReadableStream<IngestPollsRequest, IngestPollsResponse>,
    callback: sendUnaryData<IngestPollsResponse>,
  ): Promise<void> {
    const total: IngestPollsResponse = { read: 0, accepted: 0, duplicate: 0, rejected: 0, rejects: [] };
    try {
      for await (const { polls } of call as AsyncIterable<IngestPollsRequest>) {
        const { accepted, duplicate, rejected } = await this.polls.ingest(polls.map(fromMessage));
        const room = MAX_REJECTS_NAMED - total.rejects.length;
        total.rejects.push(...rejected.slice(0, room).map((poll) => toMessage(poll, total.read)));
        total.read += polls.length;
        total.accepted += accepted;
        total.duplicate += duplicate;
        total.rejected += rejected.length;
      }
      callback(null, total);
    } catch (error) {
      if (!call.cancelled) callback(grpcError(error, this.logger));
    }
  }
}

const toMessage = ({ index, field, reason }: RejectedPoll, before: number): RejectedPollMessage => ({
  index: before + index,
  field: field === 'timestamp_utc' ? 'polled_at' : field,
  reason,
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
