import { Migration } from '@mikro-orm/migrations';

/** Caches calendars in memory as long as none changes (docs/decisions/0023-calendars-are-kept.md). */
export class Migration20261126150000_calendar_state extends Migration {
  override up(): void {
    this.addSql(`
      create table calendar_state (
        id boolean primary key default true check (id),
        version uuid not null default gen_random_uuid()
      )`);
    this.addSql(`insert into calendar_state (id) values (true)`);
    this.addSql(
      `comment on table calendar_state is 'One row. version is another one after every change of business_hours, special_hours, or a zone or life in store: it is written in the same transaction.'`,
    );
  }

  override down(): void {
    this.addSql(`drop table calendar_state`);
  }
}
