import { Migration } from '@mikro-orm/migrations';

/** Names and tags of stores. Each statement makes one change, because Citus accepts only those on a reference table. */
export class Migration20261201000000_names_and_tags extends Migration {
  override up(): void {
    this.addSql(`alter table store add column name text`);
    this.addSql(`alter table store add column tags jsonb not null default '{}'`);
    this.addSql(`create index store_tags_index on store using gin (tags jsonb_path_ops)`);
    this.addSql(`comment on column store.name is 'What people call the store; null: no name.'`);
    this.addSql(
      `comment on column store.tags is 'An object of text values by key, such as {"region": "North"}. The index serves tags @> an object.'`,
    );
  }

  override down(): void {
    this.addSql(`drop index store_tags_index`);
    this.addSql(`alter table store drop column tags`);
    this.addSql(`alter table store drop column name`);
  }
}
