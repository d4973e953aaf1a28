import { Migration } from '@mikro-orm/migrations';

/**
 * Lists reports newest first, a page at a time, and allows cancelling them (docs/decisions/0014-cancelled-reports.md).
 */
export class Migration20261125100000_report_list extends Migration {
  override up(): void {
    this.addSql(`create index report_newest on report (created_at desc, id desc)`);
    this.addSql(`comment on column report.status is 'Running, Complete, Failed or Cancelled.'`);
  }

  override down(): void {
    // The older program knows no other final state without a file.
    this.addSql(`update report set status = 'Failed' where status = 'Cancelled'`);
    this.addSql(`comment on column report.status is null`);
    this.addSql(`drop index report_newest`);
  }
}
