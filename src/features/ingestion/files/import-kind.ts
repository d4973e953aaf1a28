/** The kinds of import file, as named in API paths and on the command line. */
export const IMPORT_KINDS = [
  'store_status',
  'business_hours',
  'store_timezones',
  'special_hours',
  'store_life',
] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];
