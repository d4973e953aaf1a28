import { Migration } from '@mikro-orm/migrations';

/** Deletes files of schedules by age (docs/retention.md). */
export class Migration20261126010000_old_scheduled_files extends Migration {
  override up(): void {
    this.addSql(`alter table schedule_run add expired_at timestamptz(3)`);
    this.addSql(
      `comment on column schedule_run.expired_at is 'Since when the file is gone, or about to go, because of its age; artifact_key is null once it is.'`,
    );
  }

  override down(): void {
    this.addSql(`alter table schedule_run drop column expired_at`);
  }
}
