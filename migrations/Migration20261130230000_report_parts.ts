import { Migration } from '@mikro-orm/migrations';

/** Parts of a large report that several workers make (docs/decisions/0034-reports-in-parts.md). */
export class Migration20261130230000_report_parts extends Migration {
  override up(): void {
    this.addSql(`
      create table report_part (
        report_id uuid not null references report on delete cascade,
        attempt integer not null,
        part integer not null,
        first_id integer not null,
        end_id integer not null,
        claim uuid,
        heartbeat_at timestamptz(3),
        storage_key text,
        size_bytes bigint,
        sha256 text,
        sums jsonb,
        primary key (report_id, attempt, part)
      )`);
    this.addSql(
      `comment on table report_part is 'Parts of a large report while it is made: stores with first_id <= id < end_id. A part with a claim is being made; one with a storage_key is written.'`,
    );
  }

  override down(): void {
    this.addSql(`drop table report_part`);
  }
}
