import type { Metadata, ServerWritableStream } from '@grpc/grpc-js';
import { Controller, UseFilters } from '@nestjs/common';
import { type Observable, from } from 'rxjs';
import { RequireScope } from '../../edge/access/require-scope.js';
import { currentRequest } from '../../platform/database/request-scope.js';
import * as proto from '../../generated/storewatch/v1/fleet_service.js';
import { GrpcErrorFilter } from '../../edge/grpc/grpc-error.filter.js';
import { instantText } from '../../edge/grpc/proto-timestamp.js';
import { withBackpressure } from '../../edge/grpc/with-backpressure.js';
import { basisText, sortText, stateText, toHeatmapMessage, toSummaryMessage } from './fleet-messages.js';
import { FleetService, type SummaryQuery } from './fleet.service.js';
import { FleetWatch } from './fleet-watch.js';

@Controller()
@UseFilters(GrpcErrorFilter)
@proto.FleetServiceControllerMethods()
export class FleetGrpcController implements proto.FleetServiceController {
  constructor(
    private readonly fleet: FleetService,
    private readonly watch: FleetWatch,
  ) {}

  @RequireScope('read')
  async getFleetSummary(request: proto.GetFleetSummaryRequest): Promise<proto.GetFleetSummaryResponse> {
    const { asOf, basis, filter, groupBy } = request;
    const query = {
      asOf: instantText('as_of', asOf),
      basis: basisText(basis),
      filter,
      groupBy: groupBy.length === 0 ? undefined : groupBy,
    };
    return { summary: toSummaryMessage(await this.fleet.summary(query)) };
  }

  @RequireScope('read')
  async getFleetHeatmap(request: proto.GetFleetHeatmapRequest): Promise<proto.GetFleetHeatmapResponse> {
    const heatmap = await this.fleet.heatmap({
      from: instantText('from', request.from),
      to: instantText('to', request.to),
      basis: basisText(request.basis),
      q: request.q,
      timezone: request.timezone || undefined,
      state: stateText(request.state),
      filter: request.filter,
      sort: sortText(request.sort),
      pageSize: request.pageSize,
      pageToken: request.pageToken,
    });
    return toHeatmapMessage(heatmap);
  }

  @RequireScope('read')
  watchFleet(
    { basis, filter }: proto.WatchFleetRequest,
    _metadata?: Metadata,
    call?: ServerWritableStream<proto.WatchFleetRequest, proto.WatchFleetResponse>,
  ): Observable<proto.WatchFleetResponse> {
    const { signal } = currentRequest()!.abort;
    return from(withBackpressure(this.messages({ basis: basisText(basis), filter }, signal), call!, signal));
  }

  private async *messages(query: SummaryQuery, signal: AbortSignal): AsyncGenerator<proto.WatchFleetResponse> {
    for await (const { summary } of this.watch.states(query, signal)) yield { summary: toSummaryMessage(summary) };
  }
}
