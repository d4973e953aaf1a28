import { Migration20261123000000_initial } from './Migration20261123000000_initial.js';
import { Migration20261124000000_special_hours_and_windows } from './Migration20261124000000_special_hours_and_windows.js';
import { Migration20261124180000_hours_in_order_of_time } from './Migration20261124180000_hours_in_order_of_time.js';
import { Migration20261124210000_attempts_and_leases } from './Migration20261124210000_attempts_and_leases.js';
import { Migration20261124220000_api_keys } from './Migration20261124220000_api_keys.js';
import { Migration20261125000000_report_files } from './Migration20261125000000_report_files.js';
import { Migration20261125100000_report_list } from './Migration20261125100000_report_list.js';
import { Migration20261125110000_schedules } from './Migration20261125110000_schedules.js';
import { Migration20261125120000_retention } from './Migration20261125120000_retention.js';
import { Migration20261125121000_webhooks } from './Migration20261125121000_webhooks.js';
import { Migration20261126010000_old_scheduled_files } from './Migration20261126010000_old_scheduled_files.js';
import { Migration20261126150000_calendar_state } from './Migration20261126150000_calendar_state.js';
import { Migration20261129200000_import_account } from './Migration20261129200000_import_account.js';
import { Migration20261129210000_hours_past_midnight } from './Migration20261129210000_hours_past_midnight.js';
import { Migration20261130060000_store_days } from './Migration20261130060000_store_days.js';
import { Migration20261130150000_long_days } from './Migration20261130150000_long_days.js';
import { Migration20261130160000_rebalance } from './Migration20261130160000_rebalance.js';
import { Migration20261130220000_block_layout } from './Migration20261130220000_block_layout.js';
import { Migration20261130230000_report_parts } from './Migration20261130230000_report_parts.js';
import { Migration20261201000000_names_and_tags } from './Migration20261201000000_names_and_tags.js';
import { Migration20261201010000_report_columns } from './Migration20261201010000_report_columns.js';
import { Migration20261201020000_filters } from './Migration20261201020000_filters.js';
import { Migration20261201050000_limited_keys } from './Migration20261201050000_limited_keys.js';

/** In execution order. A released migration is never edited. */
export const migrations = [
  Migration20261123000000_initial,
  Migration20261124000000_special_hours_and_windows,
  Migration20261124180000_hours_in_order_of_time,
  Migration20261124210000_attempts_and_leases,
  Migration20261124220000_api_keys,
  Migration20261125000000_report_files,
  Migration20261125100000_report_list,
  Migration20261125110000_schedules,
  Migration20261125120000_retention,
  Migration20261125121000_webhooks,
  Migration20261126010000_old_scheduled_files,
  Migration20261126150000_calendar_state,
  Migration20261129200000_import_account,
  Migration20261129210000_hours_past_midnight,
  Migration20261130060000_store_days,
  Migration20261130150000_long_days,
  Migration20261130160000_rebalance,
  Migration20261130220000_block_layout,
  Migration20261130230000_report_parts,
  Migration20261201000000_names_and_tags,
  Migration20261201010000_report_columns,
  Migration20261201020000_filters,
  Migration20261201050000_limited_keys,
];
