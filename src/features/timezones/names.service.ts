import { Injectable } from '@nestjs/common';
import { invalidArgument, quoteValue } from '#libs/errors.js';
import type { StoreSet } from '../../platform/database/store-set.js';
import type { CalendarChange } from './calendars.repository.js';
import { type NameAndTags, type NameAndTagsChange, readChange } from './names-and-tags.js';
import { NamesRepository } from './names.repository.js';
import { storeIdProblem, trimStoreId } from './store-id.js';
import { StoresRepository } from './stores.repository.js';

/** A change of a store's name and tags, as given in a request. */
export interface StoreUpdate {
  readonly storeId: string;
  readonly name: unknown;
  readonly tags: unknown;
}

const MAX_UPDATES = 1_000;

/** Names and tags of stores. They do not affect any figure. */
@Injectable()
export class NamesService {
  constructor(
    private readonly stores: StoresRepository,
    private readonly names: NamesRepository,
  ) {}

  /** Changes one store; adds an unknown store. @throws DomainError invalid_argument */
  async update({ storeId, name, tags }: StoreUpdate): Promise<void> {
    if (name === undefined && tags === undefined) {
      throw invalidArgument('', 'Send name, tags or both; null removes a name or a tag.');
    }
    if (tags === null) throw invalidArgument('tags', 'tags must be an object of texts, got null.');
    await this.write([checkedId('store_id', storeId)], [readChange('', name, tags)], false);
  }

  /**
   * Changes stores, all or none; adds unknown stores. If a store occurs more than once, its last update counts.
   * @throws DomainError invalid_argument, which names the update
   */
  async updateAll(updates: readonly StoreUpdate[], replaceTags: boolean): Promise<CalendarChange> {
    if (updates.length > MAX_UPDATES) {
      throw invalidArgument('updates', `updates must have at most ${MAX_UPDATES} items, got ${updates.length}.`);
    }
    const ids = updates.map(({ storeId }, index) => checkedId(`updates[${index}].store_id`, storeId));
    const changes = updates.map(({ name, tags }, index) => readChange(`updates[${index}].`, name ?? undefined, tags));
    return this.write(ids, changes, replaceTags);
  }

  /** Changes stores, which are given by database id. @throws DomainError invalid_argument */
  change(changes: ReadonlyMap<number, NameAndTagsChange>, replaceTags: boolean): Promise<CalendarChange> {
    return this.names.change(changes, replaceTags);
  }

  /** The keys of the stores' tags, by external id; stores without tags are missing. */
  tagKeys(storeIds: readonly string[]): Promise<Map<string, string[]>> {
    return this.names.tagKeys(storeIds);
  }

  /** The names and tags of stores by database id. */
  named(stores: StoreSet): Promise<Map<number, NameAndTags>> {
    return this.names.named(stores);
  }

  private async write(
    storeIds: readonly string[],
    changes: readonly NameAndTagsChange[],
    replaceTags: boolean,
  ): Promise<CalendarChange> {
    const ids = await this.stores.resolve(storeIds);
    return this.names.change(new Map(changes.map((change, index) => [ids[index], change])), replaceTags);
  }
}

function checkedId(field: string, given: string): string {
  const storeId = trimStoreId(given);
  const problem = storeIdProblem(storeId);
  if (problem) throw invalidArgument(field, `${field} ${quoteValue(given)} ${problem}.`);
  return storeId;
}
