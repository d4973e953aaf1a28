import type { Schemas } from '../api/client.js';

export type ImportKind = Schemas['ImportDto']['kind'];

/** What can be loaded, in the order in which several files are. */
export const KINDS: readonly {
  readonly kind: ImportKind;
  readonly title: string;
  readonly names: readonly string[];
}[] = [
  { kind: 'store_timezones', title: 'Time zones', names: ['store_timezones', 'timezones'] },
  { kind: 'business_hours', title: 'Business hours', names: ['business_hours', 'menu_hours'] },
  { kind: 'special_hours', title: 'Special hours', names: ['special_hours'] },
  { kind: 'store_life', title: 'First and last days', names: ['store_life'] },
  { kind: 'store_status', title: 'Polls', names: ['store_status'] },
];

/** What a file holds, by its name: `Menu hours.csv.gz` are business hours; undefined where the name does not tell. */
export function kindOf(fileName: string): ImportKind | undefined {
  const stem = fileName
    .toLowerCase()
    .replace(/\.gz$/, '')
    .replace(/\.(csv|txt)$/, '')
    // as browsers name what is downloaded once more
    .replace(/ ?\(\d+\)$/, '')
    .trim()
    .replace(/[\s-]+/g, '_');
  return KINDS.find(({ names }) => names.includes(stem))?.kind;
}

export const titleOf = (kind: ImportKind): string => KINDS.find((each) => each.kind === kind)?.title ?? kind;
