import { Migration } from '@mikro-orm/migrations';

/** The retention horizons of polls and hours (docs/decisions/0017-old-weeks-leave-whole.md). */
export class Migration20261125120000_retention extends Migration {
  override up(): void {
    this.addSql(`
      alter table rollup_state
        add polls_from timestamptz(3) not null default '-infinity',
        add hours_from timestamptz(3) not null default '-infinity'`);
    this.addSql(
      `comment on column rollup_state.polls_from is 'The Monday before which polls are gone or about to go, but for the last one of each store; none is taken any more.'`,
    );
    this.addSql(
      `comment on column rollup_state.hours_from is 'The Monday before which hours and days are gone, but for what the last hour carries. Not before polls_from.'`,
    );
  }

  override down(): void {
    this.addSql(`alter table rollup_state drop column polls_from, drop column hours_from`);
  }
}
