import { type Schemas, apiBase, fetchFromApi, problemOf } from './client.js';

/** `observed`: only what polls saw. `all`: as the CSV counts, carried statuses too. */
export type Basis = 'observed' | 'all';
export type StoreState = 'up' | 'down' | 'silent' | 'closed';

export interface Parts {
  open_ms: number;
  up_ms: number;
  down_ms: number;
  carried_up_ms: number;
  carried_down_ms: number;
  unknown_ms: number;
}
export type FleetWindow = Parts & { name: string; from: string; to: string; lost_ms: number; stores_with_loss: number };
export type FleetHour = Parts & { hour: string };
export interface FleetSummary {
  as_of: string;
  latest_poll_at: string | null;
  computed_at: string;
  basis: Basis;
  poll_valid_for_ms: number;
  stores: Record<StoreState | 'total', number>;
  windows: FleetWindow[];
  hours: FleetHour[];
  work: {
    imports: Schemas['ImportDto'][];
    reports: Schemas['ReportSummaryDto'][];
    rollups: { up_to_date: boolean; due_hours: number; late_changes: number; lag_seconds: number };
  };
}
export interface HeatmapStore {
  store_id: string;
  timezone: string;
  state: StoreState;
  lost_ms: number;
  silent_ms: number;
  open_ms: number;
  up_percent: (number | null)[];
  down_percent: (number | null)[];
}
export interface Heatmap {
  from: string;
  to: string;
  basis: Basis;
  hours: number;
  total_stores: number;
  stores: HeatmapStore[];
  next_page_token: string | null;
}

export async function getHeatmap(query: Record<string, string>, signal: AbortSignal): Promise<Heatmap> {
  const response = await fetchFromApi(`${apiBase}/v1/fleet/heatmap?${new URLSearchParams(query).toString()}`, { signal });
  const body: unknown = await response.json();
  if (response.ok) return body as Heatmap;
  throw problemOf(body, response.status);
}
