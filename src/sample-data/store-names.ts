import type { Lines } from './chunked-file.js';
import { hash, permutation, scaled } from './random.js';
import type { StoreProfile } from './store-profile.js';

export const STORES_HEADER = 'store_id,name,brand,region,franchisee\n';

const BRANDS = ['Burger Barn', 'Noodle House', 'Pizza Corner', 'Taco Stop', 'Wok & Roll'];
const REGIONS = ['Midwest', 'Northeast', 'South', 'West'];
const STREETS = [
  'Broadway',
  'Elm Street',
  'Highland Avenue',
  'Lake Street',
  'Main Street',
  'Oak Street',
  'Park Avenue',
];
const FRANCHISEES = ['Blue Mesa Foods', 'Harbor Holdings', 'Prairie Partners', 'Summit Restaurants'];
/** In percent. Their franchisee is empty. */
const RUN_BY_BRAND = 30;

/** The lines of stores.csv: a name, and tags for brand, region and franchisee. */
export function storeLines(profiles: readonly StoreProfile[], key: number): Lines {
  const order = permutation(profiles.length, hash(key, 1));
  return {
    size: profiles.length,
    addTo(chunk, index) {
      const { id, key: storeKey } = profiles[order(index)];
      const draw = (trait: number, limit: number): number => scaled(hash(storeKey, trait), limit);
      const pick = (trait: number, from: readonly string[]): string => from[draw(trait, from.length)];
      const brand = pick(1, BRANDS);
      const name = `${brand} ${1 + draw(2, 999)} ${pick(3, STREETS)}`;
      const franchisee = draw(4, 100) < RUN_BY_BRAND ? '' : pick(5, FRANCHISEES);
      chunk.add(`${id},${name},${brand},${pick(6, REGIONS)},${franchisee}\n`);
      return true;
    },
  };
}
