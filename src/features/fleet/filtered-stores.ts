import type { Filter } from '#libs/filter/filter.js';
import { inState } from '../../edge/filter/store-filter.js';
import type { TimezonesService } from '../timezones/timezones.service.js';
import { type StoreState, STORE_STATES } from './store-state.js';

/** The stores that a filter selects. Which state a store has is not known yet. */
export class FilteredStores {
  private constructor(
    /** By database id: bit n is set if the store matches in STORE_STATES[n]. */
    private readonly states: Uint8Array,
    /** Database ids of the stores that match in any state, ascending. */
    readonly ids: Int32Array,
  ) {}

  static async read(timezones: Pick<TimezonesService, 'matching'>, filter: Filter): Promise<FilteredStores> {
    const matching: Int32Array[] = [];
    for (const state of STORE_STATES) matching.push(await timezones.matching(inState(filter, state)));
    const states = new Uint8Array(1 + Math.max(0, ...matching.map((ids) => ids.at(-1) ?? 0)));
    for (const [state, ids] of matching.entries()) for (const id of ids) states[id] |= 1 << state;
    return new FilteredStores(
      states,
      Int32Array.from(states.keys()).filter((id) => states[id] !== 0),
    );
  }

  has(id: number, state: StoreState): boolean {
    return (this.states[id] & (1 << STORE_STATES.indexOf(state))) !== 0;
  }
}
