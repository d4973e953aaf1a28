import type { Basis } from '#libs/uptime/breakdown.js';
import { Basis as ProtoBasis } from '../../generated/storewatch/v1/common.js';
import * as proto from '../../generated/storewatch/v1/fleet_service.js';
import type { Import } from '../ingestion/imports/import.entity.js';
import { toMessage as toReportMessage } from '../reports/report-messages.js';
import { toPartsMessage } from '../timelines/parts-message.js';
import { toProtoDuration, toProtoTimestamp } from '../../edge/grpc/proto-timestamp.js';
import { type FleetSummary, type Heatmap, type HeatmapRow, silentMs } from './fleet.service.js';
import type { StoreState } from './store-state.js';
import type { Work } from './fleet-work.js';

const STATES: Record<StoreState, proto.StoreState> = {
  up: proto.StoreState.STORE_STATE_UP,
  down: proto.StoreState.STORE_STATE_DOWN,
  silent: proto.StoreState.STORE_STATE_SILENT,
  closed: proto.StoreState.STORE_STATE_CLOSED,
};

const BASES: Record<Basis, ProtoBasis> = { all: ProtoBasis.BASIS_ALL, observed: ProtoBasis.BASIS_OBSERVED };

const SORTS: Partial<Record<proto.FleetSort, string>> = {
  [proto.FleetSort.FLEET_SORT_LOST]: 'lost',
  [proto.FleetSort.FLEET_SORT_STORE_ID]: 'store_id',
};

/**
 * The REST name of an enum value: undefined for 0, unspecified; an unknown number is returned as text, for the error.
 */
export const basisText = (basis: ProtoBasis): string | undefined => textOf(basis, namesOf(BASES));
export const stateText = (state: proto.StoreState): string | undefined => textOf(state, namesOf(STATES));
export const sortText = (sort: proto.FleetSort): string | undefined => textOf(sort, SORTS);

const namesOf = (values: Readonly<Record<string, number>>): Record<number, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [value, name]));

const textOf = (value: number, names: Readonly<Partial<Record<number, string>>>): string | undefined =>
  value === 0 ? undefined : (names[value] ?? String(value));

export const toSummaryMessage = (summary: FleetSummary): proto.FleetSummary => ({
  asOf: toProtoTimestamp(summary.asOfMs),
  latestPollAt: summary.latestPollMs === undefined ? undefined : toProtoTimestamp(summary.latestPollMs),
  computedAt: toProtoTimestamp(summary.computedAtMs),
  basis: BASES[summary.basis],
  pollValidFor: toProtoDuration(summary.pollValidForMs),
  stores: { total: summary.total, ...summary.counts },
  windows: summary.windows.map(({ name, startMs, endMs, parts, lostMs, storesWithLoss }) => ({
    name,
    from: toProtoTimestamp(startMs),
    to: toProtoTimestamp(endMs),
    parts: toPartsMessage(parts),
    lost: toProtoDuration(lostMs),
    storesWithLoss,
  })),
  hours: summary.hours.map(({ hourMs, parts }) => ({ hour: toProtoTimestamp(hourMs), parts: toPartsMessage(parts) })),
  work: toWorkMessage(summary.work),
  groups: (summary.groups ?? []).map(({ values, total, counts }) => ({
    values: values.map((value) => value ?? ''),
    stores: { total, ...counts },
  })),
});

const toWorkMessage = ({ imports, reports, backlog }: Work): proto.FleetWork => ({
  imports: imports.map(toImportMessage),
  reports: reports.map((report) => toReportMessage(report)),
  dueHours: backlog.blockHours,
  lateChanges: backlog.dueRows,
  lag: toProtoDuration(Math.round(backlog.lagSeconds * 1_000)),
});

const toImportMessage = ({
  id,
  kind,
  readRows,
  acceptedRows,
  rejectedRows,
  startedAt,
}: Import): proto.RunningImport => ({
  importId: id,
  kind,
  read: readRows,
  accepted: acceptedRows,
  rejected: rejectedRows,
  startedAt: toProtoTimestamp(startedAt.getTime()),
});

export const toHeatmapMessage = (heatmap: Heatmap): proto.GetFleetHeatmapResponse => ({
  from: toProtoTimestamp(heatmap.hours.startMs),
  to: toProtoTimestamp(heatmap.hours.endMs),
  basis: BASES[heatmap.basis],
  totalStores: heatmap.total,
  stores: heatmap.rows.map(toStoreMessage),
  nextPageToken: heatmap.nextPageToken ?? '',
});

const toStoreMessage = ({ store, state, lostMs, parts, ...row }: HeatmapRow): proto.HeatmapStore => ({
  storeId: store.storeId,
  name: row.name ?? '',
  tags: { ...row.tags },
  timezone: store.zone,
  state: STATES[state],
  lost: toProtoDuration(lostMs),
  silent: toProtoDuration(silentMs(parts)),
  open: toProtoDuration(parts.openMs),
  // the message documents CLOSED as -1
  upPercent: Array.from(row.upPercent),
  downPercent: Array.from(row.downPercent),
});
