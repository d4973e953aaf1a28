import { Migration } from '@mikro-orm/migrations';

/** The size and checksum of a report's file, and whether it still exists. */
export class Migration20261125000000_report_files extends Migration {
  override up(): void {
    this.addSql(`alter table report add sha256 text, add expired_at timestamptz(3)`);
    this.addSql(`comment on column report.sha256 is 'Of the file, in hex; null for reports made before it was kept.'`);
    this.addSql(
      `comment on column report.expired_at is 'When its files were removed because of their age; null: they are there, if it is complete.'`,
    );
  }

  override down(): void {
    this.addSql(`alter table report drop column sha256, drop column expired_at`);
  }
}
