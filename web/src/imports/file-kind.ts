import type { FileKind } from '../../../libs/file-kind.js';
import type { Schemas } from '../api/client.js';

export type ImportKind = Schemas['ImportDto']['kind'];

const TITLES: Readonly<Record<FileKind, string>> = {
  stores: 'Names and tags',
  store_timezones: 'Timezones',
  business_hours: 'Business hours',
  special_hours: 'Special hours',
  store_life: 'First and last days',
  store_status: 'Polls',
};

export const titleOf = (kind: ImportKind): string => TITLES[kind];
