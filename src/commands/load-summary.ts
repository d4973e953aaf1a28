import type { INestApplicationContext } from '@nestjs/common';
import { DEFAULT_ZONE } from '#libs/calendar/calendar.js';
import { quoteValue } from '#libs/errors.js';
import { FILE_KINDS } from '#libs/file-kind.js';
import { counted, listed } from '#libs/listed.js';
import type { Import } from '../features/ingestion/imports/import.entity.js';
import { TimezonesService } from '../features/timezones/timezones.service.js';
import type { DataFile } from './data-files.js';

/** Only the first are printed; the import record has all of them. */
const REASONS_SHOWN = 3;
const ITEMS_SHOWN = 5;

/** Errors, rejects and warnings of a file, one per line. */
export function fileSummary(path: string, record: Import): string[] {
  const { id, error, rejectReasons, rejectedRows, warnings } = record;
  const others = rejectReasons.slice(REASONS_SHOWN);
  return [
    ...(error === null ? [] : [`${path}: ${error}`]),
    ...rejectReasons.slice(0, REASONS_SHOWN).map(({ reason, rows, firstLine }) => {
      const more = rows > 1 ? ` (and ${counted(rows - 1, 'more row')} like it)` : '';
      return `${path}:${firstLine}: ${reason}${more}`;
    }),
    ...(others.length > 0 ? [`${path}: ${counted(others.length, 'more reason')} for rejected rows`] : []),
    ...warnings.map((warning) => `${path}: ${warning}`),
    ...(rejectedRows > 0
      ? [
          `${path}: to see the rejected rows: GET /v1/imports/${id}/rejects, or the table import_reject, import_id ${id}`,
        ]
      : []),
  ];
}

/** Warnings about a folder. */
export function folderSummary(dir: string, files: readonly DataFile[], unread: readonly string[]): string[] {
  const quoted = (names: readonly string[]): string => listed(names.map((name) => quoteValue(name)));
  return [
    ...FILE_KINDS.filter((kind) => kind !== 'store_status').flatMap((kind) => {
      const names = files.filter((file) => file.kind === kind).map(({ name }) => name);
      return names.length > 1
        ? [
            `${dir}: ${names.length} files of ${kind} were loaded in this order; where they differ, the last one counts: ${quoted(names)}`,
          ]
        : [];
    }),
    ...(unread.length > 0
      ? [`${dir}: ${counted(unread.length, 'file')} skipped, because the name matches no known kind: ${quoted(unread)}`]
      : []),
  ];
}

/** Warnings about all stores. */
export async function storesSummary(context: INestApplicationContext): Promise<string[]> {
  const stores = context.get(TimezonesService);
  const [zoneless, otherZone, alike] = await Promise.all([
    stores.storesWithoutZone(ITEMS_SHOWN),
    stores.storesWithOtherZone(ITEMS_SHOWN),
    stores.similarIds(ITEMS_SHOWN),
  ]);
  const groups = alike.first.map((ids) => ids.map((id) => quoteValue(id)).join(' and '));
  return [
    ...(zoneless.count > 0
      ? [
          `${counted(zoneless.count, 'store')} with hours but no timezone, so ${DEFAULT_ZONE} is used: ` +
            listed(
              zoneless.first.map((id) => quoteValue(id)),
              zoneless.count,
            ),
        ]
      : []),
    ...(otherZone.count > 0
      ? [
          `${counted(otherZone.count, 'store')} with a timezone that is not in the tz database, set by an older version; ` +
            `load the correct one: ` +
            listed(
              otherZone.first.map(
                ({ storeId, timezone, readAs }) =>
                  `${quoteValue(storeId)} (${quoteValue(timezone)}, read as ${readAs})`,
              ),
              otherZone.count,
            ),
        ]
      : []),
    ...(alike.count > 0
      ? [
          `${counted(alike.count, 'group')} of store ids that look alike but are different stores: ${listed(groups, alike.count)}`,
        ]
      : []),
  ];
}
