/** The kinds of files in load order, each with its accepted file names (without extension). */
export const FILE_NAMES = {
  stores: ['stores', 'store'],
  store_timezones: ['store_timezones', 'store_timezone', 'timezones', 'timezone'],
  business_hours: ['business_hours', 'menu_hours'],
  special_hours: ['special_hours'],
  store_life: ['store_life'],
  store_status: ['store_status'],
} as const;

export type FileKind = keyof typeof FILE_NAMES;

/** In load order: calendars before polls. */
export const FILE_KINDS = Object.keys(FILE_NAMES) as FileKind[];

/**
 * The kind of a file, from its name: `Menu hours.csv.gz` contains business hours. Undefined if the name is unknown.
 * Case, spaces, hyphens and the ` (1)` of a second download are ignored; `.csv`, `.txt` and `.gz` are optional.
 */
export function kindOf(fileName: string): FileKind | undefined {
  const { stem } = partsOf(fileName);
  return FILE_KINDS.find((kind) => (FILE_NAMES[kind] as readonly string[]).includes(stem));
}

/** The number in ` (2)`, which browsers append to repeated downloads; 0 if there is none. */
export const copyNumberOf = (fileName: string): number => partsOf(fileName).copy;

function partsOf(fileName: string): { stem: string; copy: number } {
  const bare = fileName
    .toLowerCase()
    .replace(/\.gz$/, '')
    .replace(/\.(csv|txt)$/, '');
  const copy = /\s*\((\d+)\)$/.exec(bare);
  const stem = (copy ? bare.slice(0, copy.index) : bare).trim().replace(/[\s-]+/g, '_');
  return { stem, copy: Number(copy?.[1] ?? 0) };
}
