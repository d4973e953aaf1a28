import { Migration } from '@mikro-orm/migrations';

/** What users should know about an import in addition to its counts. */
export class Migration20261129200000_import_account extends Migration {
  override up(): void {
    this.addSql(`
      alter table import
        add column reject_reasons jsonb not null default '[]',
        add column warnings jsonb not null default '[]'`);
    this.addSql(
      `comment on column import.reject_reasons is 'Why rows were rejected, the most frequent reasons first: reason, rows, firstLine.'`,
    );
    this.addSql(`comment on column import.warnings is 'What will surprise people, a sentence each.'`);
  }

  override down(): void {
    this.addSql(`alter table import drop column reject_reasons, drop column warnings`);
  }
}
