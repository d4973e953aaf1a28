import { Migration } from '@mikro-orm/migrations';

/** The webhook of a report and the state of its delivery (docs/decisions/0018-webhooks-are-jobs.md). */
export class Migration20261125121000_webhooks extends Migration {
  override up(): void {
    this.addSql(`
      alter table report
        add webhook_url text,
        add webhook_attempts integer not null default 0,
        add webhook_status integer,
        add webhook_error text,
        add webhook_attempted_at timestamptz(3),
        add webhook_next_at timestamptz(3),
        add webhook_delivered_at timestamptz(3)`);
    this.addSql(`comment on column report.webhook_url is 'Called when it has ended; null: nobody is.'`);
    this.addSql(`comment on column report.webhook_status is 'HTTP status of the last attempt; null: there was none.'`);
    this.addSql(
      `comment on column report.webhook_next_at is 'When the next attempt is due; null before it has ended, and when there is none.'`,
    );
  }

  override down(): void {
    const columns = ['url', 'attempts', 'status', 'error', 'attempted_at', 'next_at', 'delivered_at'];
    this.addSql(`alter table report ${columns.map((name) => `drop column webhook_${name}`).join(', ')}`);
  }
}
