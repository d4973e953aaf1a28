import { Migration20261123000000_initial } from './Migration20261123000000_initial.js';
import { Migration20261124000000_special_hours_and_windows } from './Migration20261124000000_special_hours_and_windows.js';
import { Migration20261124180000_hours_in_order_of_time } from './Migration20261124180000_hours_in_order_of_time.js';
import { Migration20261124210000_attempts_and_leases } from './Migration20261124210000_attempts_and_leases.js';
import { Migration20261124220000_api_keys } from './Migration20261124220000_api_keys.js';
import { Migration20261125000000_report_files } from './Migration20261125000000_report_files.js';
import { Migration20261125100000_report_list } from './Migration20261125100000_report_list.js';

/** In the order in which they run. A migration that has landed is never edited. */
export const migrations = [
  Migration20261123000000_initial,
  Migration20261124000000_special_hours_and_windows,
  Migration20261124180000_hours_in_order_of_time,
  Migration20261124210000_attempts_and_leases,
  Migration20261124220000_api_keys,
  Migration20261125000000_report_files,
  Migration20261125100000_report_list,
];
