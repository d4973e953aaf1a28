import { Migration } from '@mikro-orm/migrations';

/** API keys that are limited to some stores, and what they made. */
export class Migration20261201050000_limited_keys extends Migration {
  override up(): void {
    this.addSql(`
      alter table api_key add column filter text check (filter <> ''),
        add column old_secret_hash bytea check (octet_length(old_secret_hash) = 32),
        add column old_valid_until timestamptz(3),
        add check ((old_secret_hash is null) = (old_valid_until is null));
      comment on column api_key.filter is 'The key sees and changes only stores that match; null: all stores.';
      comment on column api_key.old_secret_hash is 'The secret before the last rotation, which is valid until old_valid_until.';
      alter table report add column limited_to text;
      alter table schedule add column limited_to text;
      alter table import add column limited_to text;
      comment on column report.limited_to is 'The filter of the API key that made it, which its stores match too; null: a key without a filter.';
      comment on column schedule.limited_to is 'As report.limited_to.';
      comment on column import.limited_to is 'As report.limited_to.';
      drop index report_idempotency_key;
      create unique index report_idempotency_key on report (idempotency_key, coalesce(md5(limited_to), ''));
      comment on index report_idempotency_key is 'Clients with different limits do not share keys. A filter can be too long for an index.';
      create index report_limited_to on report (md5(limited_to), created_at desc, id desc) where limited_to is not null;
      create index import_limited_to on import (md5(limited_to), started_at desc, id desc) where limited_to is not null;
    `);
  }

  override down(): void {
    this.addSql(`
      drop index import_limited_to, report_limited_to, report_idempotency_key;
      delete from report where idempotency_key is not null and limited_to is not null;
      create unique index report_idempotency_key on report (idempotency_key);
      alter table import drop column limited_to;
      alter table schedule drop column limited_to;
      alter table report drop column limited_to;
      delete from api_key where filter is not null;
      alter table api_key drop column old_valid_until, drop column old_secret_hash, drop column filter;
    `);
  }
}
