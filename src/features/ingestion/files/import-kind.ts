/** The kinds of file that can be loaded, as paths of the API and the command line name them. */
export const IMPORT_KINDS = [
  'store_status',
  'business_hours',
  'store_timezones',
  'special_hours',
  'store_life',
] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];
