import type { Schemas } from './client.js';

/** `observed` counts only time covered by recent polls. `all` counts all open time, as the CSV does. */
export type Basis = FleetSummary['basis'];
export type StoreState = HeatmapStore['state'];
export type FleetSummary = Schemas['FleetSummaryDto'];
export type FleetWindow = Schemas['FleetWindowDto'];
export type FleetHour = Schemas['FleetHourDto'];
export type HeatmapStore = Schemas['HeatmapStoreDto'];
export type Heatmap = Schemas['HeatmapDto'];
