/** The kinds of files in load order, each with the names (without an ending) under which it is found. */
export const FILE_NAMES = {
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
 * What a file holds, told from its name: `Menu hours.csv.gz` is business hours; undefined where the name does not tell.
 * Case, blanks, hyphens and the ` (1)` of a second download make no difference; `.csv`, `.txt` and `.gz` may be missing.
 */
export function kindOf(fileName: string): FileKind | undefined {
  const { stem } = partsOf(fileName);
  return FILE_KINDS.find((kind) => (FILE_NAMES[kind] as readonly string[]).includes(stem));
}

/** The number in ` (2)`, which browsers give to a file that is downloaded again; 0 where there is none. */
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
