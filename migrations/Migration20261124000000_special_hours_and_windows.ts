import { Migration } from '@mikro-orm/migrations';

/**
 * Special hours, first and last dates of stores, invalidations of calendar changes with an end; reports with any
 * windows and format.
 */
export class Migration20261124000000_special_hours_and_windows extends Migration {
  override up(): void {
    this.addSql(`
      alter table store
        add opened_on date,
        add closed_on date`);
    this.addSql(`comment on column store.opened_on is 'First local date with openings; null: no beginning is known.'`);
    this.addSql(`comment on column store.closed_on is 'Last local date with openings; null: the store goes on.'`);
    this.addSql(`
      create table special_hours (
        store_id integer not null references store (id),
        local_date date not null,
        starts_ms integer[] not null,
        ends_ms integer[] not null check (cardinality(ends_ms) = cardinality(starts_ms)),
        primary key (store_id, local_date)
      )`);
    this.addSql(
      `comment on table special_hours is 'Openings that start on a local date instead of its weekly ones, in local times of day in ms; empty: closed.'`,
    );
    this.addSql(`alter table rollup_due add until_next_poll boolean not null default true`);
    this.addSql(`update rollup_due set until_next_poll = false where to_at = 'infinity'`);
    this.addSql(
      `comment on column rollup_due.until_next_poll is 'True: what changed are polls, and their status holds on to the store''s first poll after to_at. False: what changed is the calendar, and to_at is the end.'`,
    );
    this.addSql(`
      alter table report
        add format text not null default 'csv',
        add stores jsonb,
        add windows jsonb,
        add account json,
        add account_key text`);
    this.addSql(`comment on column report.stores is 'The ids asked for; null: all stores.'`);
    this.addSql(
      `comment on column report.windows is 'The windows asked for, as [{name, from, to}]; null: the last hour, day and week.'`,
    );
  }

  override down(): void {
    this.addSql(`
      alter table report
        drop account_key, drop account, drop windows, drop stores, drop format`);
    this.addSql(`delete from rollup_due`);
    this.addSql(`alter table rollup_due drop until_next_poll`);
    this.addSql(`drop table special_hours`);
    this.addSql(`alter table store drop closed_on, drop opened_on`);
    // The hours were computed with calendars that no longer exist.
    this.addSql(`update rollup_block set rolled_to = null`);
  }
}
