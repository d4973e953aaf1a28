import type { Interval } from '#libs/intervals/intervals.js';
import type { Outage } from '#libs/uptime/outages.js';
import type { PollColumns } from '#libs/uptime/segments.js';
import type { PageStart } from './page-start.js';

/** An outage with the polls at its ends. */
export interface StoreOutage extends Interval {
  readonly storeId: string;
  readonly storeName: string | null;
  /** Whether it has no end yet; endMs is then the end of its open time so far. */
  readonly isOngoing: boolean;
  /** Open time lost: downMs observed, the rest carried. */
  readonly openMs: number;
  readonly downMs: number;
  /** The first inactive poll. */
  readonly firstPollMs: number;
  /** The active poll that ended it. */
  readonly endPollMs: number | undefined;
}

export interface OutagePage {
  readonly outages: readonly StoreOutage[];
  /** The start of the next page; undefined on the last. */
  readonly next: PageStart | undefined;
}

export const toStoreOutage = (
  { storeId, name }: { readonly storeId: string; readonly name: string | null },
  polls: PollColumns,
  outage: Outage,
): StoreOutage => ({
  storeId,
  storeName: name,
  startMs: outage.startMs,
  endMs: outage.endMs,
  isOngoing: outage.isOngoing,
  openMs: outage.openMs,
  downMs: outage.downMs,
  firstPollMs: polls.polledAtMs[outage.firstPoll],
  endPollMs: outage.endPoll < 0 ? undefined : polls.polledAtMs[outage.endPoll],
});
