import type { Schemas } from './client.js';

/** `observed`: only what polls saw. `all`: as the CSV counts, carried statuses too. */
export type Basis = FleetSummary['basis'];
export type StoreState = HeatmapStore['state'];
export type FleetSummary = Schemas['FleetSummaryDto'];
export type FleetWindow = Schemas['FleetWindowDto'];
export type FleetHour = Schemas['FleetHourDto'];
export type HeatmapStore = Schemas['HeatmapStoreDto'];
export type Heatmap = Schemas['HeatmapDto'];
