import { Migration } from '@mikro-orm/migrations';

/** API keys. */
export class Migration20261124220000_api_keys extends Migration {
  override up(): void {
    this.addSql(`
      create table api_key (
        id text primary key,
        name text not null,
        scopes text[] not null check (scopes <@ array['ingest', 'read', 'admin'] and cardinality(scopes) > 0),
        secret_hash bytea not null check (octet_length(secret_hash) = 32),
        created_at timestamptz(3) not null,
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        revoked_at timestamptz(3)
      )`);
    this.addSql(
      `comment on table api_key is 'A key is sw_ID_SECRET, of which only the SHA-256 of SECRET is kept. last_used_at is to the minute.'`,
    );
  }

  override down(): void {
    this.addSql(`drop table api_key`);
  }
}
