import { Controller, UseFilters } from '@nestjs/common';
import { type Basis, type UptimeBreakdown, downtimeMs, uptimeMs } from '#libs/uptime/breakdown.js';
import { Evidence } from '#libs/uptime/segments.js';
import { RequireScope } from '../../edge/access/require-scope.js';
import { StoreStatus } from '../../generated/storewatch/v1/common.js';
import * as proto from '../../generated/storewatch/v1/timelines_service.js';
import { GrpcErrorFilter } from '../../edge/grpc/grpc-error.filter.js';
import { readPageSize } from '../../edge/paging/page-token.js';
import { uptimePercent } from '../../edge/uptime/uptime-breakdown.js';
import { instantText, toProtoDuration, toProtoTimestamp } from '../../edge/grpc/proto-timestamp.js';
import { decodePageStart, encodePageStart } from './page-start.js';
import { OUTAGE_KEYS, RecentOutagesService } from './recent-outages.service.js';
import type { OutagePage, StoreOutage } from './store-outage.js';
import { toPartsMessage } from './parts-message.js';
import { TIMELINE_PAGE, TIMELINE_PARTS, pageOf, readParts } from './timeline-page.js';
import type { StatusInterval } from './status-columns.js';
import { TimelinesService } from './timelines.service.js';

@Controller()
@UseFilters(GrpcErrorFilter)
@proto.TimelinesServiceControllerMethods()
export class TimelinesGrpcController implements proto.TimelinesServiceController {
  constructor(
    private readonly timelines: TimelinesService,
    private readonly recent: RecentOutagesService,
  ) {}

  @RequireScope('read')
  async getStoreTimeline(request: proto.GetStoreTimelineRequest): Promise<proto.GetStoreTimelineResponse> {
    const parts = readParts(request.include.map((part) => PARTS[part] ?? String(part)).join(','));
    const size = readPageSize(request.pageSize, TIMELINE_PAGE);
    const start = decodePageStart(request.pageToken, 1);
    const [from, to] = [instantText('from', request.from), instantText('to', request.to)];
    const timeline = await this.timelines.timeline(request.storeId, from, to, start);
    const page = pageOf(timeline, parts, start?.keys[0] ?? -Infinity, size);
    return {
      storeId: timeline.storeId,
      timezone: timeline.calendar.zone,
      from: toProtoTimestamp(timeline.startMs),
      to: toProtoTimestamp(timeline.endMs),
      openings: (page.openings ?? []).map(({ startMs, endMs }) => ({
        start: toProtoTimestamp(startMs),
        end: toProtoTimestamp(endMs),
      })),
      statuses: (page.statuses ?? []).map(toStatusMessage),
      hours: (page.hours ?? []).map(({ hourMs, parts: hour, polls }) => ({
        hour: toProtoTimestamp(hourMs),
        parts: toPartsMessage(hour),
        polls,
      })),
      totals: page.totals && {
        parts: toPartsMessage(page.totals.parts),
        polls: page.totals.polls,
        all: toCountedMessage(page.totals.parts, 'all'),
        observed: toCountedMessage(page.totals.parts, 'observed'),
      },
      polls: (page.polls ?? []).map(({ polledAtMs, isActive }) => ({
        polledAt: toProtoTimestamp(polledAtMs),
        status: isActive ? StoreStatus.STORE_STATUS_ACTIVE : StoreStatus.STORE_STATUS_INACTIVE,
      })),
      nextPageToken: page.nextMs === undefined ? '' : encodePageStart({ window: timeline, keys: [page.nextMs] }),
    };
  }

  @RequireScope('read')
  async listOutages(request: proto.ListOutagesRequest): Promise<proto.ListOutagesResponse> {
    const size = readPageSize(request.pageSize);
    const start = decodePageStart(request.pageToken, 1);
    const [from, to] = [instantText('from', request.from), instantText('to', request.to)];
    return toOutagesMessage(await this.timelines.outagePage(request.storeId, size, { from, to, start }));
  }

  @RequireScope('read')
  async listRecentOutages(request: proto.ListRecentOutagesRequest): Promise<proto.ListRecentOutagesResponse> {
    const size = readPageSize(request.pageSize);
    const start = decodePageStart(request.pageToken, OUTAGE_KEYS);
    const [since, asOf] = [instantText('since', request.since), instantText('as_of', request.asOf)];
    return toOutagesMessage(await this.recent.page(size, { since, asOf, filter: request.filter, start }));
  }
}

const PARTS: Partial<Record<proto.TimelinePart, string>> = {
  [proto.TimelinePart.TIMELINE_PART_OPENINGS]: TIMELINE_PARTS[0],
  [proto.TimelinePart.TIMELINE_PART_STATUSES]: TIMELINE_PARTS[1],
  [proto.TimelinePart.TIMELINE_PART_HOURS]: TIMELINE_PARTS[2],
  [proto.TimelinePart.TIMELINE_PART_TOTALS]: TIMELINE_PARTS[3],
  [proto.TimelinePart.TIMELINE_PART_POLLS]: TIMELINE_PARTS[4],
};

const EVIDENCE: Record<Evidence, proto.Evidence> = {
  [Evidence.up]: proto.Evidence.EVIDENCE_OBSERVED,
  [Evidence.down]: proto.Evidence.EVIDENCE_OBSERVED,
  [Evidence.carriedUp]: proto.Evidence.EVIDENCE_CARRIED,
  [Evidence.carriedDown]: proto.Evidence.EVIDENCE_CARRIED,
  [Evidence.unknown]: proto.Evidence.EVIDENCE_UNKNOWN,
};

const STATUS: Record<Evidence, StoreStatus> = {
  [Evidence.up]: StoreStatus.STORE_STATUS_ACTIVE,
  [Evidence.down]: StoreStatus.STORE_STATUS_INACTIVE,
  [Evidence.carriedUp]: StoreStatus.STORE_STATUS_ACTIVE,
  [Evidence.carriedDown]: StoreStatus.STORE_STATUS_INACTIVE,
  [Evidence.unknown]: StoreStatus.STORE_STATUS_UNSPECIFIED,
};

const toStatusMessage = ({ startMs, endMs, kind, polledAtMs }: StatusInterval): proto.StatusInterval => ({
  start: toProtoTimestamp(startMs),
  end: toProtoTimestamp(endMs),
  evidence: EVIDENCE[kind],
  status: STATUS[kind],
  polledAt: polledAtMs === undefined ? undefined : toProtoTimestamp(polledAtMs),
});

const toCountedMessage = (parts: Readonly<UptimeBreakdown>, basis: Basis): proto.Counted => ({
  uptime: toProtoDuration(uptimeMs(parts, basis)),
  downtime: toProtoDuration(downtimeMs(parts, basis)),
  uptimePercent: uptimePercent(parts, basis) ?? undefined,
});

const toOutagesMessage = ({ outages, next }: OutagePage): { outages: proto.Outage[]; nextPageToken: string } => ({
  outages: outages.map(toOutageMessage),
  nextPageToken: next ? encodePageStart(next) : '',
});

const toOutageMessage = (outage: StoreOutage): proto.Outage => ({
  storeId: outage.storeId,
  storeName: outage.storeName ?? '',
  start: toProtoTimestamp(outage.startMs),
  end: outage.isOngoing ? undefined : toProtoTimestamp(outage.endMs),
  open: toProtoDuration(outage.openMs),
  down: toProtoDuration(outage.downMs),
  carriedDown: toProtoDuration(outage.openMs - outage.downMs),
  startedBy: { polledAt: toProtoTimestamp(outage.firstPollMs), status: StoreStatus.STORE_STATUS_INACTIVE },
  endedBy:
    outage.endPollMs === undefined
      ? undefined
      : { polledAt: toProtoTimestamp(outage.endPollMs), status: StoreStatus.STORE_STATUS_ACTIVE },
});
