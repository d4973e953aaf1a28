import { Migration } from '@mikro-orm/migrations';

/** Filters of stores, in reports and schedules. */
export class Migration20261201020000_filters extends Migration {
  override up(): void {
    this.addSql(`
      alter table report add column filter text;
      alter table schedule add column filter text;
      alter table report_part add column store_ids integer[];
      comment on column report.filter is 'Only the stores that match when the report is made; null: no filter.';
      comment on column schedule.filter is 'As report.filter.';
      comment on column report_part.store_ids is 'The ids of its stores, ascending; null: all stores from first_id to before end_id.';
    `);
  }

  override down(): void {
    this.addSql(`
      alter table report_part drop column store_ids;
      alter table schedule drop column filter;
      alter table report drop column filter;
    `);
  }
}
