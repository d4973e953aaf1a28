import { Migration } from '@mikro-orm/migrations';

/**
 * Heartbeats for workers that make a report or read a file, and repeatable triggers
 * (docs/decisions/0012-attempts-and-leases.md).
 */
export class Migration20261124210000_attempts_and_leases extends Migration {
  override up(): void {
    this.addSql(`
      alter table report
        add attempt integer not null default 0,
        add heartbeat_at timestamptz(3) not null default now(),
        add idempotency_key text,
        add request_digest text`);
    this.addSql(`create unique index report_idempotency_key on report (idempotency_key)`);
    this.addSql(`create index report_running on report (heartbeat_at) where status = 'Running'`);
    this.addSql(
      `comment on column report.attempt is 'The attempt that makes it; an earlier one changes nothing any more. 0: none yet.'`,
    );
    this.addSql(
      `comment on column report.heartbeat_at is 'When the attempt was last known to be alive, by the clock of the database.'`,
    );
    this.addSql(`alter table import add heartbeat_at timestamptz(3) not null default now()`);
    this.addSql(`create index import_running on import (heartbeat_at) where status = 'Running'`);
  }

  override down(): void {
    this.addSql(`drop index import_running`);
    this.addSql(`alter table import drop column heartbeat_at`);
    this.addSql(`drop index report_running, report_idempotency_key`);
    this.addSql(
      `alter table report drop column attempt, drop column heartbeat_at, drop column idempotency_key, drop column request_digest`,
    );
  }
}
