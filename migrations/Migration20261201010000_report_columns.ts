import { Migration } from '@mikro-orm/migrations';

/** Names and tags as columns of reports, and reports by group. */
export class Migration20261201010000_report_columns extends Migration {
  override up(): void {
    for (const table of ['report', 'schedule']) {
      this.addSql(`alter table ${table} add columns jsonb, add group_by jsonb`);
      this.addSql(
        `comment on column ${table}.columns is 'Further columns, as ["name", "tags.region"]; null: none. group_by likewise: one row for each group of stores; null: one for each store.'`,
      );
    }
  }

  override down(): void {
    for (const table of ['report', 'schedule']) {
      this.addSql(`alter table ${table} drop column group_by, drop column columns`);
    }
  }
}
