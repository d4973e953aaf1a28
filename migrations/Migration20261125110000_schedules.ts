import { Migration } from '@mikro-orm/migrations';

/**
 * Scheduled reports (docs/schedules.md), with an initial schedule: every night, in the zone of most stores of the
 * sample.
 */
export class Migration20261125110000_schedules extends Migration {
  override up(): void {
    this.addSql(`
      create table schedule (
        name text primary key,
        cron text not null,
        timezone text not null,
        basis text not null check (basis in ('all', 'observed')),
        format text not null check (format in ('csv', 'json', 'ndjson')),
        stores jsonb,
        windows jsonb,
        destination text not null unique,
        gzip boolean not null,
        enabled boolean not null,
        due_after timestamptz(3),
        created_at timestamptz(3) not null
      )`);
    this.addSql(
      `comment on column schedule.due_after is 'What was due up to then is not made. null: the first look of a scheduler sets it.'`,
    );
    this.addSql(`
      create table schedule_run (
        schedule text not null references schedule on delete cascade,
        due_at timestamptz(3) not null,
        run_id text not null,
        status text not null check (status in ('Running', 'Complete', 'Failed')),
        attempt integer not null default 0,
        job_id uuid not null,
        report_id uuid,
        artifact_key text,
        account_key text,
        size_bytes bigint,
        sha256 text,
        error text,
        created_at timestamptz(3) not null,
        finished_at timestamptz(3),
        primary key (schedule, due_at),
        unique (schedule, run_id)
      )`);
    this.addSql(`create index schedule_run_running on schedule_run (created_at) where status = 'Running'`);
    this.addSql(
      `comment on table schedule_run is 'The primary key is what makes a due instant one run, however many schedulers there are. A row that is deleted may be made again.'`,
    );
    this.addSql(
      `comment on column schedule_run.artifact_key is 'What lies in the storage; it stays while the run is made again, and when that fails.'`,
    );
    this.addSql(`
      insert into schedule (name, cron, timezone, basis, format, destination, gzip, enabled, created_at)
      values ('nightly', '0 2 * * *', 'America/Chicago', 'all', 'csv', 'nightly', false, true, now())`);
  }

  override down(): void {
    this.addSql(`drop table schedule_run, schedule`);
  }
}
