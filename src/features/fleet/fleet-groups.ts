import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { invalidArgument } from '#libs/errors.js';
import { spanning } from '../../platform/database/store-set.js';
import { compareValues, valuesIn } from '../reports/request/report-columns.js';
import { NamesService } from '../timezones/names.service.js';
import type { FleetSnapshot } from './fleet-snapshot.js';
import type { StoreState } from './store-state.js';

/** Stores that have the same tags. */
export interface FleetGroup {
  /** The value of each tag; null: the stores do not have it. */
  readonly values: readonly (string | null)[];
  readonly total: number;
  readonly counts: Readonly<Record<StoreState, number>>;
}

const MAX_GROUPS = 1_000;
const STORES_PER_QUERY = 20_000;

/** Counts the stores of a snapshot by their tags and states. */
@Injectable()
export class FleetGroups {
  /** As long as a snapshot is cached, clients may ask for the same groups again. */
  private readonly made = new WeakMap<FleetSnapshot, Map<string, Promise<readonly FleetGroup[]>>>();

  constructor(private readonly names: NamesService) {}

  /**
   * The groups in the order of their values, those without one first.
   * @param groupBy tags such as tags.region
   * @throws DomainError invalid_argument if they are too many
   */
  of(snapshot: FleetSnapshot, groupBy: readonly string[]): Promise<readonly FleetGroup[]> {
    const known = this.made.get(snapshot) ?? new Map<string, Promise<readonly FleetGroup[]>>();
    this.made.set(snapshot, known);
    const key = groupBy.join();
    const groups = known.get(key) ?? this.make(snapshot, groupBy);
    known.set(key, groups);
    groups.catch(() => known.delete(key));
    return groups;
  }

  private async make(snapshot: FleetSnapshot, groupBy: readonly string[]): Promise<readonly FleetGroup[]> {
    const { ids, count } = snapshot;
    const groups = new Map<string, Writable>();
    // id and index in one number: sorting numbers needs no comparison function
    const sorted = Float64Array.from(ids, (id, index) => id * count + index).sort();
    for (let at = 0; at < count; at += STORES_PER_QUERY) {
      const part = Array.from(sorted.subarray(at, at + STORES_PER_QUERY), (idAndIndex) => idAndIndex % count);
      const names = await this.names.named(spanning(part.map((index) => ids[index])));
      for (const index of part) {
        const own = valuesIn(groupBy, names.get(ids[index]) ?? { name: null, tags: {} });
        const key = JSON.stringify(own);
        const group = groups.get(key) ?? { values: own, total: 0, counts: { up: 0, down: 0, silent: 0, closed: 0 } };
        groups.set(key, group);
        group.total++;
        group.counts[snapshot.state(index)]++;
      }
      if (groups.size > MAX_GROUPS) {
        throw invalidArgument(
          'group_by',
          `group_by must make at most ${MAX_GROUPS} groups. Use tags with fewer values.`,
        );
      }
      await nextTurn();
    }
    return [...groups.values()].sort((a, b) => compareValues(a.values, b.values));
  }
}

interface Writable extends FleetGroup {
  total: number;
  readonly counts: Record<StoreState, number>;
}
