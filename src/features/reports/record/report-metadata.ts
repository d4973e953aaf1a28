import { formatInstant } from '#libs/instant/instant.js';
import { type Basis, type UptimeBreakdown, addParts, noParts } from '#libs/uptime/breakdown.js';
import type { WindowFigures } from '#libs/uptime/window-parts.js';
import type { Window } from '#libs/uptime/windows.js';

/**
 * What a report's figures are based on: the rules that were applied, and how much was observed. Stored in a metadata file
 * beside the report, and as its `account` in the API.
 */
export interface ReportMetadata {
  readonly as_of: string;
  readonly basis: Basis;
  readonly poll_valid_for_ms: number;
  /** Only stores that matched; null: no filter. Absent in reports of older versions. */
  readonly filter?: string | null;
  /** Version of the tz database, such as 2026a. */
  readonly tz_version: string;
  /** Rows of the report. */
  readonly stores: number;
  readonly windows: readonly WindowMetadata[];
}

export interface WindowMetadata {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Polls in the window, inside openings or not. */
  readonly polls: number;
  /** Stores without any poll before the window's end. */
  readonly stores_never_polled: number;
  /** Stores that were polled before the window, but not in it. */
  readonly stores_silent: number;
  /** The observed share of all stores' open time, 0 to 1 with four decimals; null when no store was open. */
  readonly observed_share: number | null;
}

/** Sums over some stores. */
export interface MetadataSums {
  readonly stores: number;
  readonly windows: readonly {
    readonly polls: number;
    readonly neverPolled: number;
    readonly silent: number;
    readonly parts: UptimeBreakdown;
  }[];
}

interface ReportRules {
  readonly asOf: Date;
  readonly basis: Basis;
  readonly filter?: string | null | undefined;
}

/** Accumulates a report's metadata from its figures. */
export class MetadataCollector {
  private stores = 0;
  private readonly windows;

  constructor(windows: readonly Window[]) {
    this.windows = windows.map((window) => ({ window, polls: 0, neverPolled: 0, silent: 0, parts: noParts() }));
  }

  add(figures: readonly WindowFigures[]): void {
    this.stores++;
    for (const [index, { parts, polls, everPolled }] of figures.entries()) {
      const sum = this.windows[index];
      sum.polls += polls;
      if (!everPolled) sum.neverPolled++;
      else if (polls === 0) sum.silent++;
      addParts(sum.parts, parts);
    }
  }

  /** What was added, for `merge`. */
  sums(): MetadataSums {
    return {
      stores: this.stores,
      windows: this.windows.map(({ polls, neverPolled, silent, parts }) => ({ polls, neverPolled, silent, parts })),
    };
  }

  /** Adds what another collector of the same windows added. */
  merge({ stores, windows }: MetadataSums): void {
    this.stores += stores;
    for (const [index, { polls, neverPolled, silent, parts }] of windows.entries()) {
      const sum = this.windows[index];
      sum.polls += polls;
      sum.neverPolled += neverPolled;
      sum.silent += silent;
      addParts(sum.parts, parts);
    }
  }

  metadata({ asOf, basis, filter }: ReportRules, pollValidForMs: number, tzVersion: string): ReportMetadata {
    return {
      as_of: formatInstant(asOf.getTime()),
      basis,
      filter: filter ?? null,
      poll_valid_for_ms: pollValidForMs,
      tz_version: tzVersion,
      stores: this.stores,
      windows: this.windows.map(({ window, polls, neverPolled, silent, parts }) => ({
        name: window.name,
        from: formatInstant(window.startMs),
        to: formatInstant(window.endMs),
        polls,
        stores_never_polled: neverPolled,
        stores_silent: silent,
        observed_share: observedShare(parts),
      })),
    };
  }
}

const observedShare = ({ openMs, upMs, downMs }: Readonly<UptimeBreakdown>): number | null =>
  openMs === 0 ? null : Math.round(((upMs + downMs) / openMs) * 10_000) / 10_000;
