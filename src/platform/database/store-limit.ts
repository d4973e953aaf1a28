import { AsyncLocalStorage } from 'node:async_hooks';
import type { Filter } from '#libs/filter/filter.js';

/** Limits a caller to the stores that match a filter. */
export interface StoreLimit {
  /** As the API key has it. Reports, schedules and imports remember it in `limited_to`. */
  readonly text: string;
  readonly filter: Filter;
}

const limits = new AsyncLocalStorage<StoreLimit>();

/** Runs `work` for a caller with this limit, including everything that it starts. undefined: no limit. */
export const inLimit = <T>(limit: StoreLimit | undefined, work: () => T): T =>
  limit ? limits.run(limit, work) : limits.exit(work);

/** The limit of the caller that is served; undefined: it may see all stores, or this is the server's own work. */
export const currentLimit = (): StoreLimit | undefined => limits.getStore();

/** Selects the reports, schedules or imports that the caller may see: without a limit all, otherwise those with its limit. */
export function ownRows(): { readonly limitedTo?: string } {
  const limit = currentLimit();
  return limit ? { limitedTo: limit.text } : {};
}
