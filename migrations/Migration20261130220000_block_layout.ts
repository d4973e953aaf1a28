import { Migration } from '@mikro-orm/migrations';

/** How stores are cut into blocks: by ranges of ids, or on Citus along shards. */
export class Migration20261130220000_block_layout extends Migration {
  override up(): void {
    this.addSql(`
      alter table rollup_state add block_layout text not null default 'range'
        check (block_layout in ('range', 'shard'))`);
    this.addSql(
      `comment on column rollup_state.block_layout is 'Which stores a block of rollup_block has: range: a thousand consecutive ids; shard: a thousand stores of one shard (src/platform/database/block-layout.ts).'`,
    );
  }

  override down(): void {
    // Blocks of the other layout must not keep what these were rolled up to.
    this.addSql(`update rollup_block set rolled_to = null where (select block_layout from rollup_state) <> 'range'`);
    this.addSql(`alter table rollup_state drop column block_layout`);
  }
}
