import { Migration } from '@mikro-orm/migrations';

/** Citus moves shards online with logical replication, which must be able to identify rows; rollup_due has no key. */
export class Migration20261130160000_rebalance extends Migration {
  override up(): void {
    this.addSql(`alter table rollup_due replica identity full`);
  }

  override down(): void {
    this.addSql(`alter table rollup_due replica identity default`);
  }
}
